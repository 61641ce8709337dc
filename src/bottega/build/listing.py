"""Lists of build tasks: filters, order and pages, each task joined with its newest run."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased, defer

from bottega.build.tables import BuildTask
from bottega.errors import Invalid
from bottega.runs.states import ACTIVE, RunState
from bottega.runs.tables import Run

_Latest = aliased(Run, name="latest")

SORTS: dict[str, ColumnElement[Any]] = {
    "job_name": BuildTask.name.expression,
    "create_time": BuildTask.created_at.expression,
    "last_build_time": func.coalesce(_Latest.created_at, 0),
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
    """Which tasks of a tenant; empty fields do not restrict. ``group_path`` is group ids joined by dots."""

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
    """
    condition = and_(_condition(where), shown)
    joined = and_(_Latest.task_id == BuildTask.id, _Latest.number == BuildTask.last_number)
    total = session.scalar(
        select(func.count()).select_from(BuildTask).outerjoin(_Latest, joined).where(condition)
    )
    query = (
        select(BuildTask, _Latest)
        .outerjoin(_Latest, joined)
        .where(condition)
        .options(defer(_Latest.spec), defer(_Latest.stages))
        .offset(offset)
        .limit(limit)
    )
    if not where.sort_field:
        query = query.order_by(starred.desc())
    rows = session.execute(_ordered(query, where)).all()
    return [(row[0], row[1]) for row in rows], total or 0


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
        parts.append(BuildTask.group_id == where.group_path.rsplit(".", 1)[-1])
    if where.build_status:
        parts.append(_status(where.build_status))
    return and_(*parts)


def _status(word: str) -> ColumnElement[bool]:
    if word == NEVER_BUILT:
        return BuildTask.last_number == 0
    if word not in STATUSES:
        raise Invalid("build_status", f"{word[:80]!r} is none of {', '.join(STATUSES)}")
    return or_(*(_Latest.state == state for state in sorted(STATUSES[word])))


def _ordered(query: Select[BuildTask, Run], where: TaskFilter) -> Select[BuildTask, Run]:
    order = (where.sort_order or "DESC").upper()
    if order not in {"ASC", "DESC"}:
        raise Invalid("sort_order", f"{where.sort_order[:80]!r} is neither ASC nor DESC")
    column = SORTS.get(where.sort_field or DEFAULT_SORT)
    if column is None:
        raise Invalid("sort_field", f"{where.sort_field[:80]!r} is none of {', '.join(SORTS)}")
    # The id makes the order total, so that pages neither repeat nor miss a task.
    if order == "ASC":
        return query.order_by(column.asc(), BuildTask.id.asc())
    return query.order_by(column.desc(), BuildTask.id.desc())
