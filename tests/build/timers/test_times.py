"""When timers are due, on ordinary days and on those on which clocks are changed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bottega.build.schedule import TIMER, parse_timer
from bottega.build.wire import ParameterItem, Trigger
from bottega.cron.fields import Timer
from bottega.cron.times import earliest, next_time

BERLIN = "Europe/Berlin"
SPRING, AUTUMN = "2026-03-29", "2026-10-25"
ZONES = ["UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Shanghai"]
HOUR_MS = 3600 * 1000


def timer(spec: str, zone: str = BERLIN) -> Timer:
    items = [ParameterItem(name="spec", value=spec), ParameterItem(name="timeZoneId", value=zone)]
    return parse_timer(Trigger(name=TIMER, parameters=items), "triggers[0]")


def ms(text: str, zone: str = BERLIN) -> int:
    """``2026-03-29 02:30`` of the zone; a ``+`` at the end means the second time."""
    moment = datetime.fromisoformat(text.rstrip("+")).replace(tzinfo=ZoneInfo(zone), fold=text.endswith("+"))
    return int(moment.timestamp()) * 1000


def shown(at: int | None, zone: str = BERLIN) -> str | None:
    if at is None:
        return None
    moment = datetime.fromtimestamp(at // 1000, ZoneInfo(zone))
    return f"{moment:%Y-%m-%d %H:%M}" + "+" * moment.fold


def times(spec: str, after: str, count: int) -> list[str | None]:
    found: list[str | None] = []
    at: int | None = ms(after)
    for _ in range(count):
        assert at is not None
        at = next_time(timer(spec), at)
        found.append(shown(at))
    return found


def test_the_documented_timer_is_due_on_weekdays() -> None:
    at = next_time(timer("18 15 * * 1,2,3,4,5", "Asia/Shanghai"), ms("2026-11-20 15:18", "Asia/Shanghai"))
    assert shown(at, "Asia/Shanghai") == "2026-11-23 15:18"


def test_a_time_that_has_come_is_not_due_again() -> None:
    assert times("0 12 * * *", "2026-05-01 12:00", 2) == ["2026-05-02 12:00", "2026-05-03 12:00"]


@pytest.mark.parametrize(
    ("spec", "first"),
    [
        ("0 0 13 * 5", "2026-11-13 00:00"),
        ("0 0 */2 * 1", "2026-11-09 00:00"),
        ("0 0 29 2 *", "2028-02-29 00:00"),
        ("0 0 31 2 *", None),
        ("0 0 1 1 *", "2027-01-01 00:00"),
    ],
)
def test_days_match_as_in_cron(spec: str, first: str | None) -> None:
    assert shown(next_time(timer(spec), ms("2026-11-06 12:00"))) == first


def test_either_of_two_restricted_days_is_enough() -> None:
    found = times("0 0 13 * 1", "2026-11-06 12:00", 3)
    assert found == ["2026-11-09 00:00", "2026-11-13 00:00", "2026-11-16 00:00"]


def test_a_time_that_the_clock_jumps_over_is_due_at_the_jump() -> None:
    assert times("30 2 * * *", "2026-03-28 02:30", 2) == [f"{SPRING} 03:00", "2026-03-30 02:30"]


def test_all_that_the_clock_jumps_over_is_due_once() -> None:
    assert times("*/15 2,3 * * *", f"{SPRING} 00:00", 2) == [f"{SPRING} 03:00", f"{SPRING} 03:15"]
    assert times("*/30 * * * *", f"{SPRING} 01:15", 3) == [
        f"{SPRING} 01:30",
        f"{SPRING} 03:00",
        f"{SPRING} 03:30",
    ]


def test_a_time_that_comes_twice_is_due_the_first_time() -> None:
    assert times("30 2 * * *", f"{AUTUMN} 00:00", 2) == [f"{AUTUMN} 02:30", "2026-10-26 02:30"]
    assert times("30 1-3 * * *", f"{AUTUMN} 02:30", 1) == [f"{AUTUMN} 03:30"]


def test_what_is_due_in_every_hour_is_due_in_both_that_look_the_same() -> None:
    assert times("30 * * * *", f"{AUTUMN} 01:30", 4) == [
        f"{AUTUMN} 02:30",
        f"{AUTUMN} 02:30+",
        f"{AUTUMN} 03:30",
        f"{AUTUMN} 04:30",
    ]


def test_a_day_that_a_zone_left_out_is_due_at_its_end() -> None:
    at = next_time(timer("0 12 30 12 *", "Pacific/Apia"), ms("2011-12-29 12:00", "Pacific/Apia"))
    assert shown(at, "Pacific/Apia") == "2011-12-31 00:00"


def test_of_several_timers_the_earliest_is_due() -> None:
    at = earliest([timer("0 9 * * *"), timer("0 0 31 2 *"), timer("0 7 * * *")], ms("2026-05-01 08:00"))
    assert shown(at) == "2026-05-01 09:00"
    assert earliest([timer("0 0 31 2 *")], 0) is None
    assert earliest([], 0) is None


def by_walking(wanted: Timer, after_ms: int, hours: int) -> int | None:
    """The same by looking at the clock every minute; times that are jumped over are seen as the clock jumps."""
    zone = ZoneInfo(wanted.zone)
    moment = datetime.fromtimestamp(after_ms // 60_000 * 60, UTC)
    previous = moment.astimezone(zone).replace(tzinfo=None)
    for _ in range(hours * 60):
        moment += timedelta(minutes=1)
        local = moment.astimezone(zone)
        naive = local.replace(tzinfo=None)
        passed = [
            previous + timedelta(minutes=n) for n in range(1, (naive - previous) // timedelta(minutes=1))
        ]
        previous = naive
        if local.fold and len(wanted.hours) < 24:
            continue
        if any(fields_match(wanted, one) for one in [*passed, naive]):
            return int(moment.timestamp()) * 1000
    return None


def fields_match(wanted: Timer, at: datetime) -> bool:
    by_day, by_weekday = at.day in wanted.days, at.isoweekday() % 7 in wanted.weekdays
    day = by_day and by_weekday if wanted.any_day or wanted.any_weekday else by_day or by_weekday
    return at.minute in wanted.minutes and at.hour in wanted.hours and at.month in wanted.months and day


minutes = st.sampled_from(["*", "0", "30", "59", "*/15", "*/20", "7,37"])
hours = st.sampled_from(["*", "0", "1", "2", "3", "23", "1-3", "*/2", "0,23"])
days = st.sampled_from(["* * *", "* * 0", "1-7 * 0", "29 * *", "*/2 * 0,1", "* 3,10 *"])
near_changes = st.sampled_from(
    ["2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01", "2026-06-01"]
)


@settings(max_examples=60)
@given(minutes, hours, days, st.sampled_from(ZONES), near_changes, st.integers(-1500, 1500))
@example("30", "2", "* * *", BERLIN, "2026-03-29", -60)
@example("*/15", "*", "* * *", "Australia/Lord_Howe", "2026-04-05", 0)
@example("30", "0,23", "* * *", "America/Havana", "2026-11-01", 270)
def test_the_next_time_is_what_somebody_watching_the_clock_would_see(
    minute: str, hour: str, day: str, zone: str, near: str, offset: int
) -> None:
    wanted = timer(f"{minute} {hour} {day}", zone)
    after = int(datetime.fromisoformat(f"{near}T00:00+00:00").timestamp()) * 1000 + offset * 60_000
    watched = by_walking(wanted, after, 40)
    found = next_time(wanted, after)
    if watched is None:
        assert found is None or found > after + 40 * HOUR_MS
    else:
        assert shown(found, zone) == shown(watched, zone)
        assert found == watched
