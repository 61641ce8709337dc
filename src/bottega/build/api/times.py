"""Times as the operations write and read them. Stored times are epoch milliseconds, UTC.

CodeArts Build uses four formats side by side; which operation has which is part of its contract. Formats without a
zone, and the windows of queries, are meant in the server's ``api.time_zone``.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from bottega.errors import Invalid

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIRST_YEAR = 1970
_LAST_YEAR = 2999
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NOON = 12


def utc(ms: int | None) -> str | None:
    """``2024-06-26T08:25:09.000+00:00``: build records."""
    if ms is None:
        return None
    return f"{_moment(ms, UTC):%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}+00:00"


def zoned(ms: int | None, zone: ZoneInfo) -> str | None:
    """``2020-12-30T17:33:11+08:00``: history of v3."""
    return None if ms is None else _moment(ms, zone).isoformat(timespec="seconds")


def compact(ms: int | None, zone: ZoneInfo) -> str | None:
    """``2025-06-05T07:31:13+0800``: stages."""
    return None if ms is None else f"{_moment(ms, zone):%Y-%m-%dT%H:%M:%S%z}"


def plain(ms: int, zone: ZoneInfo) -> str:
    """``2024-09-20 14:38:49``: the recycle bin."""
    return f"{_moment(ms, zone):%Y-%m-%d %H:%M:%S}"


def spoken(ms: int, zone: ZoneInfo) -> str:
    """``Jun 5, 2024 4:00:58 PM``: permissions. In English on every host, whatever its locale."""
    at = _moment(ms, zone)
    half = "PM" if at.hour >= _NOON else "AM"
    return f"{_MONTHS[at.month - 1]} {at.day}, {at.year} {at.hour % _NOON or _NOON}:{at:%M:%S} {half}"


def unpadded(ms: int, zone: ZoneInfo) -> str:
    """``2024-9-9 09:05``: the file manager; month and day without a leading zero."""
    moment = _moment(ms, zone)
    return f"{moment.year}-{moment.month}-{moment.day} {moment:%H:%M}"


def read_moment(text: str, field: str, zone: ZoneInfo) -> int:
    """Epoch milliseconds of ``yyyy-MM-dd HH:mm:ss``. Raises :class:`Invalid`."""
    if not _MOMENT.fullmatch(text):
        raise Invalid(field, f"{text[:80]!r} is not of the form yyyy-MM-dd HH:mm:ss")
    return _read(text, "%Y-%m-%d %H:%M:%S", field, zone)


def read_day(text: str, field: str, zone: ZoneInfo) -> int:
    """Epoch milliseconds of the beginning of the day ``yyyy-MM-dd``. Raises :class:`Invalid`."""
    if not _DAY.fullmatch(text):
        raise Invalid(field, f"{text[:80]!r} is not of the form yyyy-MM-dd")
    return _read(text, "%Y-%m-%d", field, zone)


def day_after(start_ms: int, zone: ZoneInfo) -> int:
    """The beginning of the day after the one that begins at ``start_ms``."""
    following = _moment(start_ms, zone) + timedelta(days=1)
    return _millis(following)


def days_ago(days: int, now_ms: int, zone: ZoneInfo) -> int:
    """The beginning of the day ``days`` days before today."""
    today = _moment(now_ms, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return _millis(today - timedelta(days=days))


def _moment(ms: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(ms // 1000, zone)


def _read(text: str, form: str, field: str, zone: ZoneInfo) -> int:
    try:
        moment = datetime.strptime(text, form).replace(tzinfo=zone)
    except ValueError:
        raise Invalid(field, f"{text!r} is no date of the calendar") from None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise Invalid(field, f"{text!r} is not between the years {_FIRST_YEAR} and {_LAST_YEAR}")
    return _millis(moment)


def _millis(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
