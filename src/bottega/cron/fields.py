"""Five cron fields and a time zone, read."""

import re
from zoneinfo import ZoneInfo

import msgspec

from bottega.errors import SHOWN

MAX_SPEC = 1000

_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_DAYS = {name: number for number, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}
_FIELDS: list[tuple[str, int, int, dict[str, int]]] = [
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _DAYS),
]
_ITEM = re.compile(r"(?:(\*|\?)|(\w+)(?:-(\w+))?)(?:/([0-9]{1,4}))?")


class Timer(msgspec.Struct, frozen=True, kw_only=True):
    """When to run: the allowed values of each cron field, and the zone they are meant in.

    A day matches as in cron: if both the day of the month and the day of the week are restricted, either is enough.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool
    zone: str


def read_timer(spec: str, zone: str) -> Timer:
    """Raises ValueError with what is wrong, in words that go behind a field's name."""
    if len(spec) > MAX_SPEC:
        raise ValueError(f"the cron expression has {len(spec)} characters, {MAX_SPEC} are allowed")
    check_zone(zone)
    parts = spec.split()
    if len(parts) != len(_FIELDS):
        raise ValueError(
            f"the cron expression {spec[:SHOWN]!r} must have five fields: minute hour day month weekdays"
        )
    try:
        minutes, hours, days, months, weekdays = (
            _values(part, *rules) for part, rules in zip(parts, _FIELDS, strict=True)
        )
    except ValueError as error:
        raise ValueError(f"the cron expression {spec[:SHOWN]!r}: {error}") from None
    return Timer(
        minutes=minutes,
        hours=hours,
        days=days,
        months=months,
        weekdays=frozenset(day % 7 for day in weekdays),
        any_day=parts[2][0] in "*?",
        any_weekday=parts[4][0] in "*?",
        zone=zone,
    )


def check_zone(zone: str) -> None:
    """Raises ValueError, as :func:`read_timer` does, for a zone that is not known."""
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{zone[:SHOWN]!r} is not a known time zone") from None


def _values(text: str, title: str, low: int, high: int, names: dict[str, int]) -> frozenset[int]:
    found: set[int] = set()
    for item in text.split(","):
        match = _ITEM.fullmatch(item)
        if match is None:
            raise ValueError(f"the {title} {item[:SHOWN]!r} is malformed")
        first = low if match[1] else _number(match[2], title, low, high, names)
        last = high if match[1] else _number(match[3], title, low, high, names) if match[3] else first
        step = int(match[4]) if match[4] else 1
        if match[4] and not match[1] and not match[3]:
            last = high
        if step == 0:
            raise ValueError(f"the step of the {title} {item[:SHOWN]!r} is 0")
        if first > last:
            raise ValueError(f"the range of the {title} {item[:SHOWN]!r} ends before it begins")
        found.update(range(first, last + 1, step))
    return frozenset(found)


def _number(text: str, title: str, low: int, high: int, names: dict[str, int]) -> int:
    number = names.get(text.lower())
    if number is None:
        if not text.isascii() or not text.isdigit() or len(text) > 4:  # noqa: PLR2004 - no field has more digits
            raise ValueError(f"the {title} {text[:SHOWN]!r} is not a number")
        number = int(text)
    if not low <= number <= high:
        raise ValueError(f"the {title} {text[:SHOWN]!r} is not between {low} and {high}")
    return number
