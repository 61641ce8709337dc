"""Periods of whole days, as v3 takes them."""

import math
from zoneinfo import ZoneInfo

from bottega.build.api import times
from bottega.build.errors import WindowTooLong
from bottega.errors import Invalid

DAY_MS = 86_400_000
MAX_DAYS = 30


def read_period(start_time: str, end_time: str, zone: ZoneInfo) -> tuple[int, int]:
    """From the beginning of the first day to the end of the last one, in epoch milliseconds; the end is exclusive.

    Raises :class:`Invalid`, and :class:`WindowTooLong` when the days are more than 30 days apart.
    """
    start = times.read_day(start_time, "start_time", zone)
    last = times.read_day(end_time, "end_time", zone)
    if last < start:
        raise Invalid("end_time", "is before start_time")
    # Rounded, because a day on which clocks change is not 24 hours long.
    if math.floor((last - start) / DAY_MS + 0.5) > MAX_DAYS:
        raise WindowTooLong("end_time", f"the period is longer than {MAX_DAYS} days")
    return start, times.day_after(last, zone)
