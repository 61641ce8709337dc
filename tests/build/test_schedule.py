import pytest
from hypothesis import given
from hypothesis import strategies as st

from bottega.build.schedule import TIMER, parse_timer
from bottega.build.wire import ParameterItem, Trigger
from bottega.cron.fields import Timer
from bottega.errors import Invalid


def timer(spec: str, zone: str = "Asia/Shanghai") -> Timer:
    items = [ParameterItem(name="spec", value=spec), ParameterItem(name="timeZoneId", value=zone)]
    return parse_timer(Trigger(name=TIMER, parameters=items), "triggers[0]")


def test_the_documented_timer() -> None:
    found = timer("18 15 * * 1,2,3,4,5")
    assert (found.minutes, found.hours, found.weekdays) == ({18}, {15}, {1, 2, 3, 4, 5})
    assert (found.any_day, found.any_weekday, found.zone) == (True, False, "Asia/Shanghai")


@pytest.mark.parametrize(
    ("spec", "minutes"),
    [
        ("*/15 * * * *", {0, 15, 30, 45}),
        ("5-8 * * * *", {5, 6, 7, 8}),
        ("5-9/2 * * * *", {5, 7, 9}),
        ("50/5 * * * *", {50, 55}),
        ("1,1,2 * * * *", {1, 2}),
    ],
)
def test_lists_ranges_and_steps(spec: str, minutes: set[int]) -> None:
    assert timer(spec).minutes == minutes


def test_names_and_both_sundays() -> None:
    assert timer("0 0 1 jan-mar sun").months == {1, 2, 3}
    assert timer("0 0 * * 7").weekdays == timer("0 0 * * SUN").weekdays == {0}


@pytest.mark.parametrize(
    "spec",
    ["", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "a * * * *",
     "1- * * * *", "5-1 * * * *", "*/0 * * * *", ", * * * *", "1,,2 * * * *", "-1 * * * *", "٣ * * * *"],
)  # fmt: skip
def test_what_is_no_cron_expression_is_refused(spec: str) -> None:
    with pytest.raises(Invalid) as refused:
        timer(spec)
    assert refused.value.field == "triggers[0].parameters"


@pytest.mark.parametrize("zone", ["Mars/Base", "../../etc/passwd", "/etc/localtime", "a\0b"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(Invalid, match="time zone"):
        timer("0 0 * * *", zone)


def test_an_unknown_trigger_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        parse_timer(Trigger(name="github", parameters=[]), "triggers[2]")
    assert refused.value.field == "triggers[2].name"


def test_a_refusal_is_short_whatever_was_sent() -> None:
    with pytest.raises(Invalid, match="time zone") as refused:
        timer("0 0 * * *", "x" * 100_000)
    assert len(str(refused.value)) < 200
    for spec in ("0 " * 1001, "0" * 1001, "0,0," * 300 + "0 * * * *"):
        with pytest.raises(Invalid, match=r"1000 are allowed$"):
            timer(spec)
    with pytest.raises(Invalid) as refused:
        parse_timer(Trigger(name="x" * 100_000, parameters=[]), "triggers[0]")
    assert len(str(refused.value)) < 200


@given(st.text(max_size=30))
def test_no_text_crashes_the_parser(spec: str) -> None:
    try:
        found = timer(spec)
    except Invalid:
        return
    assert found.minutes <= set(range(60))
    assert found.months <= set(range(1, 13))
