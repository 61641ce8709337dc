"""Counting the builds of one task in SQL, the same on SQLite and PostgreSQL.

Neither knows the server's time zone (SQLite knows none at all), so the days come along as a table of their borders.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Integer, and_, case, column, func, select, values
from sqlalchemy.orm import Session

from bottega.build.statistics.days import Day
from bottega.build.statistics.figures import BuildPoint, BuildTimes, Successes, hundredths
from bottega.runs.states import CONCLUSIVE, RunState
from bottega.runs.tables import Run

_well = func.count().filter(Run.state == RunState.SUCCESS)
_took = Run.finished_at - Run.started_at
# Agents' clocks write the end and the server's the start: between them time may seem to go backwards.
_seconds: ColumnElement[int] = (case((_took < 0, 0), else_=_took) + 500) // 1000


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Which builds count: those with a result of their own, created in ``[begins, ends)`` (epoch milliseconds).

    Empty texts do not restrict.
    """

    tenant_id: str
    task_id: str
    begins: int
    ends: int
    repository: str = ""
    branch: str = ""

    def condition(self) -> ColumnElement[bool]:
        """The same as SQL."""
        return and_(Run.created_at >= self.begins, Run.created_at < self.ends, self.of_any_time())

    def of_any_time(self) -> ColumnElement[bool]:
        """The same without its period."""
        parts: list[ColumnElement[bool]] = [
            Run.task_id == self.task_id,
            Run.tenant_id == self.tenant_id,
            Run.state.in_(sorted(CONCLUSIVE)),
        ]
        if self.repository:
            parts.append(Run.repository == self.repository)
        if self.branch:
            parts.append(Run.branch == self.branch)
        return and_(*parts)


def successes(session: Session, which: Counted) -> Successes:
    """How many builds there are, and how many of them went well."""
    well, total = session.execute(select(_well, func.count()).where(which.condition())).one()
    return Successes(success=well, total=total)


def by_day(session: Session, which: Counted, days: Sequence[Day]) -> Mapping[int, Successes]:
    """The same for each of ``days``, which make up the period, by its position; days without builds are absent."""
    borders = (
        values(
            column("position", Integer), column("begins", BigInteger), column("ends", BigInteger), name="days"
        )
        .data([(position, day.begins, day.ends) for position, day in enumerate(days)])
        .cte("days")
    )
    # With the borders of the period beside those of the day, SQLite could read the whole period for each day.
    on_that_day = and_(
        Run.created_at >= borders.c.begins, Run.created_at < borders.c.ends, which.of_any_time()
    )
    rows = session.execute(
        select(borders.c.position, _well, func.count())
        .select_from(borders)
        .join(Run, on_that_day)
        .group_by(borders.c.position)
    )
    return {position: Successes(success=well, total=total) for position, well, total in rows}


def times(session: Session, which: Counted, most: int) -> BuildTimes:
    """How long the builds took that began; the newest ``most`` of them become points."""
    began = and_(which.condition(), Run.started_at.is_not(None), Run.finished_at.is_not(None))
    figures: Any = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(_seconds), 0),
            func.coalesce(func.max(_seconds), 0),
            func.coalesce(func.min(_seconds), 0),
        ).where(began)
    ).one()
    newest = session.execute(
        select(Run.number, Run.daily_number, Run.state, _seconds)
        .where(began)
        .order_by(Run.number.desc())
        .limit(most)
    )
    points = [
        BuildPoint(number=number, daily_number=daily, state=state, seconds=seconds)
        for number, daily, state, seconds in newest
    ]
    count, total, longest, shortest = figures
    return BuildTimes(
        # PostgreSQL adds whole numbers up to a decimal.
        average=hundredths(int(total), count),
        longest=longest,
        shortest=shortest,
        points=points[::-1],
    )
