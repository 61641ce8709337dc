"""Lists of build tasks: filters, order and pages, each task joined with its newest run."""

from collections.abc import Sequence
from typing import Any, TypeVarTuple

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, not_, select
from sqlalchemy.orm import Session, aliased, defer

from bottega.build.groups import places
from bottega.build.tables import BuildTask
from bottega.errors import Invalid
from bottega.runs.states import ACTIVE, RunState
from bottega.runs.tables import Run

Ts = TypeVarTuple("Ts")

_Latest = aliased(Run, name="latest")
_is_latest = and_(_Latest.task_id == BuildTask.id, _Latest.number == BuildTask.last_number)

LAST_BUILD = "last_build_time"

SORTS: dict[str, ColumnElement[Any]] = {
    # As an expression: the index of names would lead to all rows before the page.
    "job_name": BuildTask.name.concat(""),
    "create_time": BuildTask.created_at.expression,
    LAST_BUILD: func.coalesce(_Latest.created_at, 0),
    "job_creator": BuildTask.creator_name.expression,
    "update_time": BuildTask.updated_at.expression,
}
DEFAULT_SORT = "create_time"

NEVER_BUILT = "none"
STATUSES: dict[str, frozenset[RunState]] = {
    "red": frozenset({RunState.FAILURE, RunState.LOST, RunState.SCHEDULE_FAILURE}),
    "blue": frozenset({RunState.SUCCESS}),
    "timeout": frozenset({RunState.TIMEOUT}),
    "aborted": frozenset({RunState.ABORTED}),
    "building": ACTIVE | {RunState.QUEUED},
    NEVER_BUILT: frozenset(),
}
"""States of the newest build by the filter's word."""


class TaskFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which tasks of a tenant; empty fields do not restrict.

    ``group_path`` is group ids joined by dots, of which the last one counts: tasks in it and in all groups below it.
    """

    tenant_id: str
    project_id: str = ""
    search: str = ""
    creator_id: str = ""
    build_status: str = ""
    group_path: str = ""
    sort_field: str = ""
    sort_order: str = ""


def page(
    session: Session,
    where: TaskFilter,
    shown: ColumnElement[bool],
    starred: ColumnElement[bool],
    *,
    offset: int,
    limit: int,
) -> tuple[list[tuple[BuildTask, Run | None]], int]:
    """One page of tasks with their newest runs, and how many tasks match. Raises :class:`Invalid`.

    ``shown`` is the condition for tasks the caller may see at all, ``starred`` that for those with the caller's star:
    unless another order is asked for, they come first.

    The page is found in indexes alone; only its own rows are read.
    """
    condition = and_(_condition(where), shown)
    total = _count(session, where, condition)
    stars = 0 if where.sort_field else _count(session, where, and_(condition, starred))
    if stars:
        unstarred = and_(condition, not_(starred))
        ids = _ids(session, where, and_(condition, starred), offset, limit)
        ids += _ids(session, where, unstarred, max(0, offset - stars), limit - len(ids))
    else:
        ids = _ids(session, where, condition, offset, limit)
    return _rows(session, ids), total


def _count(session: Session, where: TaskFilter, condition: ColumnElement[bool]) -> int:
    query = _from(select(func.count()), joins=_asks_latest(where))
    return session.scalar(query.where(condition)) or 0


def _ids(
    session: Session, where: TaskFilter, condition: ColumnElement[bool], offset: int, limit: int
) -> list[str]:
    joins = _asks_latest(where) or where.sort_field == LAST_BUILD
    query = _from(select(BuildTask.id), joins=joins).where(condition).order_by(*_order(where))
    return list(session.scalars(query.offset(offset).limit(limit)))


def _asks_latest(where: TaskFilter) -> bool:
    return where.build_status not in {"", NEVER_BUILT}


def _from(query: Select[*Ts], *, joins: bool) -> Select[*Ts]:
    query = query.select_from(BuildTask)
    return query.outerjoin(_Latest, _is_latest) if joins else query


def _rows(session: Session, task_ids: Sequence[str]) -> list[tuple[BuildTask, Run | None]]:
    query = (
        select(BuildTask, _Latest)
        .outerjoin(_Latest, _is_latest)
        .where(BuildTask.id.in_(task_ids))
        .options(defer(_Latest.spec), defer(_Latest.stages))
    )
    found = {row[0].id: (row[0], row[1]) for row in session.execute(query)}
    return [found[task_id] for task_id in task_ids if task_id in found]


def _condition(where: TaskFilter) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = [
        BuildTask.tenant_id == where.tenant_id,
        BuildTask.deleted_at.is_(None),
    ]
    if where.project_id:
        parts.append(BuildTask.project_id == where.project_id)
    if where.search:
        parts.append(BuildTask.name.icontains(where.search, autoescape=True))
    if where.creator_id:
        parts.append(BuildTask.creator_id == where.creator_id)
    if where.group_path:
        group_id = where.group_path.rpartition(".")[-1]
        parts.append(places.within(where.tenant_id, where.project_id, group_id))
    if where.build_status:
        parts.append(_status(where.build_status))
    return and_(*parts)


def _status(word: str) -> ColumnElement[bool]:
    if word == NEVER_BUILT:
        return BuildTask.last_number == 0
    if word not in STATUSES:
        raise Invalid("build_status", f"{word[:80]!r} is none of {', '.join(STATUSES)}")
    # An expression, so that the tasks are gone through and not all runs that ever were in these states.
    return _Latest.state.concat("").in_(sorted(STATUSES[word]))


def _order(where: TaskFilter) -> list[ColumnElement[Any]]:
    order = (where.sort_order or "DESC").upper()
    if order not in {"ASC", "DESC"}:
        raise Invalid("sort_order", f"{where.sort_order[:80]!r} is neither ASC nor DESC")
    column = SORTS.get(where.sort_field or DEFAULT_SORT)
    if column is None:
        raise Invalid("sort_field", f"{where.sort_field[:80]!r} is none of {', '.join(SORTS)}")
    # The id makes the order total, so that pages neither repeat nor miss a task.
    keys = (column, BuildTask.id.expression)
    return [key.asc() if order == "ASC" else key.desc() for key in keys]
