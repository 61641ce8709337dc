"""What people say of when a task is to be checked, and what is wrong with it."""

from collections.abc import Sequence

import msgspec

from bottega.cron.fields import Timer, check_zone, read_timer
from bottega.errors import Invalid

MAX_CRONS = 10
SPACING_MINUTES = 5
"""Times of one day are so far from each other (reference, sections 6.3 and 7)."""
UTC = "UTC"
_DAY = 24 * 60


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """``crons`` have five fields: minute, hour, day of the month, month, day of the week; all meant in ``zone``."""

    on: bool = False
    crons: tuple[str, ...] = ()
    zone: str = UTC

    def check(self) -> None:
        """Raise :class:`Invalid` for what cannot be, or comes too often."""
        if len(self.crons) > MAX_CRONS:
            raise Invalid("crons", f"has {len(self.crons)} entries, {MAX_CRONS} are allowed")
        if self.on and not self.crons:
            raise Invalid("crons", "has no entry, so that no check would ever begin")
        try:
            check_zone(self.zone)
        except ValueError as error:
            raise Invalid("timeZoneId", str(error)) from None
        timers: list[Timer] = []
        for index, cron in enumerate(self.crons):
            try:
                timers.append(read_timer(cron, self.zone))
            except ValueError as error:
                raise Invalid(f"crons[{index}]", str(error)) from None
        for index, timer in enumerate(timers):
            # On whichever days: two entries could meet on some of them.
            _require_spacing([*timers[:index], timer], f"crons[{index}]")

    def timers(self) -> list[Timer]:
        """The entries, read. They have been checked; ValueError means that a zone has gone from the machine since."""
        return [read_timer(cron, self.zone) for cron in self.crons]


def _require_spacing(timers: Sequence[Timer], field: str) -> None:
    moments = sorted(
        {hour * 60 + minute for timer in timers for hour in timer.hours for minute in timer.minutes}
    )
    following = [*moments[1:], moments[0] + _DAY]
    if len(moments) > 1 and any(b - a < SPACING_MINUTES for a, b in zip(moments, following, strict=True)):
        raise Invalid(field, f"times must be at least {SPACING_MINUTES} minutes from each other")
