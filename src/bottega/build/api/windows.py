"""Periods of time that records are asked for, in the server's zone; the last second, or day, is part of them."""

import math
from zoneinfo import ZoneInfo

from bottega.build.api import times
from bottega.build.errors import WindowTooLong
from bottega.errors import Invalid

DAY_MS = 86_400_000
SECOND_MS = 1000
MAX_WINDOW_DAYS = 31
MAX_PERIOD_DAYS = 30


def bounded(start_time: str, end_time: str, zone: ZoneInfo) -> tuple[int, int]:
    """Epoch milliseconds, the second exclusive. Raises :class:`Invalid`, :class:`WindowTooLong` for over 31 days."""
    start = times.read_moment(start_time, "start_time", zone)
    end = times.read_moment(end_time, "end_time", zone)
    if end < start:
        raise Invalid("end_time", "is before start_time")
    if end - start > MAX_WINDOW_DAYS * DAY_MS:
        raise WindowTooLong("end_time", f"the window is longer than {MAX_WINDOW_DAYS} days")
    return start, end + SECOND_MS


def optional(from_date: str, to_date: str, zone: ZoneInfo) -> tuple[int | None, int | None]:
    """The same for a window of any length, of which either side may be open (empty). Raises :class:`Invalid`."""
    start = times.read_moment(from_date, "from_date", zone) if from_date else None
    end = times.read_moment(to_date, "to_date", zone) + SECOND_MS if to_date else None
    if start is not None and end is not None and start >= end:
        raise Invalid("to_date", "is before from_date")
    return start, end


def days(start_time: str, end_time: str, zone: ZoneInfo) -> tuple[int, int]:
    """Whole days, as v3 takes them, in epoch milliseconds; the end is exclusive.

    From the beginning of the first one to the end of the last one. Raises :class:`Invalid`, and
    :class:`WindowTooLong` when they are more than 30 days apart.
    """
    start = times.read_day(start_time, "start_time", zone)
    last = times.read_day(end_time, "end_time", zone)
    if last < start:
        raise Invalid("end_time", "is before start_time")
    # Rounded, because a day on which clocks change is not 24 hours long.
    if math.floor((last - start) / DAY_MS + 0.5) > MAX_PERIOD_DAYS:
        raise WindowTooLong("end_time", f"the period is longer than {MAX_PERIOD_DAYS} days")
    return start, times.day_after(last, zone)
