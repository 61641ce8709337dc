"""Days of a time zone as spans of epoch milliseconds: where clocks change they are not 24 hours long."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """``day`` lasts from ``begins``, inclusive, to ``ends``, exclusive."""

    day: date
    begins: int
    ends: int


def last_days(count: int, now_ms: int, zone: ZoneInfo) -> list[Day]:
    """The last ``count`` days, oldest first; the last of them is today."""
    today = datetime.fromtimestamp(now_ms / 1000, zone).date()
    first = today - timedelta(days=count - 1)
    borders = [_midnight(first + timedelta(days=number), zone) for number in range(count + 1)]
    return [
        Day(day=first + timedelta(days=number), begins=borders[number], ends=borders[number + 1])
        for number in range(count)
    ]


def _midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) * 1000
