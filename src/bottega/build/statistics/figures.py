"""What statistics tell, and how shares are rounded. Every formula is in ``docs/reference/statistics.md``."""

from datetime import date

import msgspec


class Successes(msgspec.Struct, frozen=True, kw_only=True):
    """``success`` of ``total`` builds went well."""

    success: int = 0
    total: int = 0

    @property
    def percent(self) -> int:
        """Their share in whole percent; 0 of none."""
        return percent(self.success, self.total)


class DayOfBuilds(msgspec.Struct, frozen=True, kw_only=True):
    """The builds that were asked for on one day of the server's zone."""

    day: date
    builds: Successes


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """Successes of a period by day, oldest first, days without builds included, and over the whole period."""

    days: list[DayOfBuilds]
    whole: Successes


class BuildPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One build: ``seconds`` from its start to its end."""

    number: int
    daily_number: str
    state: str
    seconds: int


class BuildTimes(msgspec.Struct, frozen=True, kw_only=True):
    """``average`` (two decimals), ``longest`` and ``shortest`` in seconds, over all builds of a period; 0 of none.

    ``points`` are the newest of them, by number.
    """

    average: float
    longest: int
    shortest: int
    points: list[BuildPoint]


class Repositories(msgspec.Struct, frozen=True, kw_only=True):
    """``names`` of the repositories a task has built, sorted, and that of its ``latest`` build that had one."""

    names: list[str]
    latest: str | None


def percent(part: int, whole: int) -> int:
    """100 · part / whole, rounded to a whole number, halves upwards; 0 when there is nothing."""
    return (200 * part + whole) // (2 * whole) if whole else 0


def hundredths(total: int, count: int) -> float:
    """total / count, rounded to two decimals, halves upwards; 0 when there is nothing."""
    return percent(total, count) / 100
