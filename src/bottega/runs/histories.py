"""The history of one task: pages that cost the same wherever they are and however many runs there were.

The numbers of a task's runs have no gaps (they are counted in the transaction that adds the run). Where nothing is
looked for, a page is therefore a range of numbers, and the total is what lies between the first number and the last. A
window of time is counted once, in an index, and its page is a range of numbers too. Only what looks into the runs reads
one entry of an index for each run that it passes.
"""

from collections.abc import Sequence
from typing import cast

import msgspec
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, defer

from bottega.runs.queries import RunFilter
from bottega.runs.tables import Run


class History(msgspec.Struct, frozen=True, kw_only=True):
    """Some runs, newest first, and how many there are in all."""

    runs: list[Run]
    total: int


class _Span(msgspec.Struct, frozen=True, kw_only=True):
    """The lowest and the highest number of ``count`` runs."""

    lowest: int
    highest: int
    count: int

    @property
    def is_dense(self) -> bool:
        return self.highest - self.lowest + 1 == self.count

    def page(self, offset: int, limit: int) -> Sequence[int]:
        """Numbers of a page, when the span is dense."""
        top = self.highest - offset
        return range(top, max(self.lowest - 1, top - limit), -1)


def page(session: Session, where: RunFilter, *, offset: int, limit: int) -> History:
    """One page of the runs that ``where`` matches."""
    if not _looks_into(where):
        span = _span(session, where)
        if span is None:
            return History(runs=[], total=0)
        if span.is_dense:
            return History(runs=_runs(session, where, span.page(offset, limit)), total=span.count)
    matching = _matching(where)
    query = select(Run.number).where(matching).order_by(Run.number.desc()).offset(offset).limit(limit)
    numbers = session.scalars(query).all()
    return History(runs=_runs(session, where, numbers), total=_counted(session, matching))


def count(session: Session, where: RunFilter) -> int:
    """How many runs ``where`` matches."""
    if _looks_into(where):
        return _counted(session, _matching(where))
    span = _span(session, where)
    return span.count if span else 0


def _looks_into(where: RunFilter) -> bool:
    return bool(where.triggers or where.branches or where.tags or where.states)


def _span(session: Session, where: RunFilter) -> _Span | None:
    if where.created_from is None and where.created_to is None:
        numbers = select(Run.number).where(_of_task(where)).limit(1)
        ends = select(
            numbers.order_by(Run.number.asc()).scalar_subquery(),
            numbers.order_by(Run.number.desc()).scalar_subquery(),
        )
        first, last = cast("tuple[int | None, int | None]", tuple(session.execute(ends).one()))
        if first is None or last is None:
            return None
        return _Span(lowest=first, highest=last, count=last - first + 1)
    counted = select(func.min(Run.number), func.max(Run.number), func.count()).where(_matching(where))
    lowest, highest, total = session.execute(counted).one()
    return _Span(lowest=lowest, highest=highest, count=total) if total else None


def _counted(session: Session, matching: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Run).where(matching)) or 0


def _runs(session: Session, where: RunFilter, numbers: Sequence[int]) -> list[Run]:
    if not numbers:
        return []
    query = select(Run).where(
        Run.task_id == where.task_id, Run.tenant_id == where.tenant_id, Run.number.in_(numbers)
    )
    return list(session.scalars(query.order_by(Run.number.desc()).options(defer(Run.spec))))


def _of_task(where: RunFilter) -> ColumnElement[bool]:
    # All runs of a task are of one tenant: asked of one of them, the rest is read from the index alone.
    owner = select(Run.tenant_id).where(Run.task_id == where.task_id).limit(1).scalar_subquery()
    return and_(Run.task_id == where.task_id, owner == where.tenant_id)


def _matching(where: RunFilter) -> ColumnElement[bool]:
    parts = [_of_task(where)]
    if where.triggers:
        kinds = [trigger.upper() for trigger in where.triggers]
        parts.append(or_(Run.trigger.in_(kinds), Run.user_name.in_(where.triggers)))
    if where.branches:
        parts.append(Run.branch.in_(where.branches))
    if where.tags:
        parts.append(Run.tag.in_(where.tags))
    if where.states:
        parts.append(Run.state.in_(where.states))
    # As an expression it is read from the index that has the rest, too: a range of times would lead to the rows.
    created_at = Run.created_at + 0 if _looks_into(where) else Run.created_at
    if where.created_from is not None:
        parts.append(created_at >= where.created_from)
    if where.created_to is not None:
        parts.append(created_at < where.created_to)
    return and_(*parts)
