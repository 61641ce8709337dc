import re
from collections.abc import Iterator

import pytest

from bottega.agent.runner.clock import Clock, use_time_zone


@pytest.fixture(autouse=True)
def zone_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import time

    monkeypatch.setenv("TZ", "UTC0")
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("zone", "offset"),
    [("Asia/Shanghai", "+08:00"), ("Asia/Kolkata", "+05:30"), ("Etc/GMT+3", "-03:00"), ("UTC", "+00:00")],
)
def test_the_stamp_has_milliseconds_and_the_zones_offset(zone: str, offset: str) -> None:
    assert use_time_zone(zone)
    pattern = r"\[\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{3} GMT" + re.escape(offset) + r"\]"
    assert re.fullmatch(pattern, Clock().stamp())


def test_the_offset_is_that_of_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    use_time_zone("Europe/Berlin")
    monkeypatch.setattr("time.time_ns", lambda: 1703144658_743_999_999)
    assert Clock().stamp() == "[2023/12/21 08:44:18.743 GMT+01:00]"
    monkeypatch.setattr("time.time_ns", lambda: 1687506258_000_000_000)
    assert Clock().stamp() == "[2023/06/23 09:44:18.000 GMT+02:00]"


@pytest.mark.parametrize("zone", ["Mars/Base", "../../../etc/passwd", "/etc/localtime", "", "Europe"])
def test_an_unknown_zone_means_utc(zone: str) -> None:
    assert not use_time_zone(zone)
    assert Clock().stamp().endswith(" GMT+00:00]")
