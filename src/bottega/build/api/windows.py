"""Periods of time that records are asked for, in whole seconds of the server's zone, the last one included."""

from zoneinfo import ZoneInfo

from bottega.build.api import times
from bottega.build.errors import WindowTooLong
from bottega.errors import Invalid

DAY_MS = 86_400_000
SECOND_MS = 1000
MAX_WINDOW_DAYS = 31


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
