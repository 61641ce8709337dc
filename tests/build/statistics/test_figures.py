"""How figures are rounded, and when days begin."""

import math
from datetime import UTC, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bottega.build.statistics.days import last_days
from bottega.build.statistics.figures import hundredths, percent

HOUR_MS = 3_600_000
COUNTS = st.integers(0, 10**6)


@given(COUNTS, COUNTS)
def test_halves_are_rounded_upwards(part: int, more: int) -> None:
    whole = part + more
    exact = Fraction(100 * part, whole) if whole else Fraction(0)
    assert percent(part, whole) == math.floor(exact + Fraction(1, 2))
    assert 0 <= percent(part, whole) <= 100
    assert hundredths(part, whole) == float(Fraction(percent(part, whole), 100))


def test_shares_that_stand_between_two_numbers() -> None:
    assert [percent(1, 8), percent(3, 8), percent(1, 200), percent(199, 200)] == [13, 38, 1, 100]
    assert [percent(2, 3), percent(1, 3), percent(0, 7), percent(0, 0)] == [67, 33, 0, 0]
    assert [hundredths(2, 3), hundredths(10, 3), hundredths(0, 0)] == [0.67, 3.33, 0.0]


@pytest.mark.parametrize(
    ("zone", "now", "hours"),
    [
        ("Asia/Shanghai", datetime(2026, 11, 22, 15, 59, tzinfo=UTC), [24, 24, 24]),
        ("Europe/Berlin", datetime(2026, 3, 30, 12, 0, tzinfo=UTC), [24, 23, 24]),
        ("Europe/Berlin", datetime(2026, 10, 25, 23, 30, tzinfo=UTC), [24, 25, 24]),
        # Clocks jumped at midnight: that day had none.
        ("America/Sao_Paulo", datetime(2018, 11, 5, 12, 0, tzinfo=UTC), [24, 23, 24]),
    ],
)
def test_days_are_as_long_as_the_zone_has_them(zone: str, now: datetime, hours: list[int]) -> None:
    at = int(now.timestamp() * 1000)
    days = last_days(3, at, ZoneInfo(zone))
    assert [(day.ends - day.begins) // HOUR_MS for day in days] == hours
    assert [after.begins for after in days[1:]] == [day.ends for day in days[:-1]]
    assert days[-1].begins <= at < days[-1].ends
    assert days[-1].day == now.astimezone(ZoneInfo(zone)).date()
