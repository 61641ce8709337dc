"""From the fields of a timer to points in time, over the days on which clocks are changed.

A time that the clock jumps over is due at the jump, once. A time that comes twice is due the first time; timers that
are due in every hour are due in both.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bottega.cron.fields import Timer

DAYS_AHEAD = 9 * 366
"""Leap days are up to eight years apart; what is not due by then never is."""

_LONGEST_REPEAT = timedelta(hours=3)
"""No clock was ever put back further than two hours, but for changes of the date line."""

_HOURS = 24


def earliest(timers: Iterable[Timer], after_ms: int) -> int | None:
    """The first time of any of the timers later than ``after_ms``; both in epoch milliseconds. None for never."""
    return min((at for timer in timers if (at := next_time(timer, after_ms)) is not None), default=None)


def next_time(timer: Timer, after_ms: int) -> int | None:
    """The first time of the timer later than ``after_ms``; both in epoch milliseconds. None for never."""
    zone = ZoneInfo(timer.zone)
    every_hour = len(timer.hours) == _HOURS
    now = datetime.fromtimestamp(after_ms // 1000, zone).replace(tzinfo=None)
    best: int | None = None
    for local in _local_times(timer, now - _LONGEST_REPEAT):
        moments = _moments(local, zone, both=every_hour)
        # Later local times begin no earlier, so nothing earlier follows.
        if best is not None and moments[0] >= best:
            return best
        for moment in moments:
            if moment > after_ms and (best is None or moment < best):
                best = moment
    return best


def _local_times(timer: Timer, start: datetime) -> Iterator[datetime]:
    """What the timer's fields allow, in the order of a clock that is never changed, from about ``start`` on."""
    hours, minutes = sorted(timer.hours), sorted(timer.minutes)
    day, end = start.date(), start.date() + timedelta(days=DAYS_AHEAD)
    while day < end:
        if day.month not in timer.months:
            day = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
            continue
        if _matches(timer, day):
            for hour in hours:
                if day == start.date() and hour < start.hour:
                    continue
                for minute in minutes:
                    yield datetime(day.year, day.month, day.day, hour, minute)
        day += timedelta(days=1)


def _matches(timer: Timer, day: date) -> bool:
    by_day, by_weekday = day.day in timer.days, day.isoweekday() % 7 in timer.weekdays
    if timer.any_day or timer.any_weekday:
        return by_day and by_weekday
    return by_day or by_weekday


def _moments(local: datetime, zone: ZoneInfo, *, both: bool) -> list[int]:
    """When the zone's clocks show ``local``, in order; one moment for a time they jump over."""
    first = _seconds(local.replace(tzinfo=zone))
    second = _seconds(local.replace(tzinfo=zone, fold=1))
    if first > second:
        return [_jump(second, first, zone) * 1000]
    if first < second and both:
        return [first * 1000, second * 1000]
    return [first * 1000]


def _jump(before: int, after: int, zone: ZoneInfo) -> int:
    """The first second later than ``before`` with another offset; ``after`` has it."""
    offset = _offset(before, zone)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(middle, zone) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(seconds: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(seconds, zone).utcoffset()


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
