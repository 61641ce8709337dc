"""Reading runs; every look-up is by tenant."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Integer, String, and_, bindparam, column, func, select, values
from sqlalchemy.orm import Session, aliased, defer

from bottega.errors import NotFound
from bottega.runs.states import CONCLUSIVE
from bottega.runs.tables import Run

RESULTS = tuple(sorted(CONCLUSIVE))

recent_states = (
    select(Run.state)
    .where(Run.task_id == bindparam("task_id"), Run.state.in_(RESULTS))
    .order_by(Run.number.desc())
    .limit(bindparam("depth", type_=Integer))
)
"""The end states of the last ``depth`` runs of a task that came to a result of their own, newest first."""


class RunFilter(msgspec.Struct, kw_only=True, frozen=True):
    """Which runs of one task; times are epoch milliseconds, ``created_from`` inclusive, ``created_to`` exclusive.

    ``triggers`` are kinds in upper or lower case, or names of users.
    """

    tenant_id: str
    task_id: str
    triggers: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    created_from: int | None = None
    created_to: int | None = None


def task_of(session: Session, run: Run) -> str | None:
    """The task a run belongs to: jobs of a flow have none of their own, theirs is that of the flow."""
    if run.task_id is not None or run.parent_run_id is None:
        return run.task_id
    return session.scalar(select(Run.task_id).where(Run.id == run.parent_run_id))


def get(session: Session, tenant_id: str, run_id: str) -> Run:
    """The run with this id. Raises :class:`NotFound`, also for another tenant's run."""
    run = session.get(Run, run_id)
    if run is None or run.tenant_id != tenant_id:
        raise NotFound("record", run_id)
    return run


def by_number(session: Session, tenant_id: str, task_id: str, number: int) -> Run:
    """Run ``number`` of a task. Raises :class:`NotFound`."""
    query = select(Run).where(Run.task_id == task_id, Run.number == number, Run.tenant_id == tenant_id)
    run = session.scalars(query).one_or_none()
    if run is None:
        raise NotFound("build", number)
    return run


def latest(session: Session, tenant_id: str, task_id: str) -> Run | None:
    """The run with the highest number, or None when the task was never run."""
    query = (
        select(Run)
        .where(Run.task_id == task_id, Run.tenant_id == tenant_id)
        .order_by(Run.number.desc())
        .limit(1)
        .options(defer(Run.spec))
    )
    return session.scalars(query).one_or_none()


def latest_of(session: Session, tenant_id: str, task_ids: Sequence[str]) -> dict[str, Run]:
    """The newest run of each of these tasks, by task id; tasks never run are absent."""
    newest = (
        select(Run.task_id, func.max(Run.number).label("number"))
        .where(Run.task_id.in_(task_ids), Run.tenant_id == tenant_id)
        .group_by(Run.task_id)
        .subquery()
    )
    query = (
        select(Run)
        .join(newest, (Run.task_id == newest.c.task_id) & (Run.number == newest.c.number))
        .options(defer(Run.spec))
    )
    return {run.task_id: run for run in session.scalars(query) if run.task_id is not None}


def recent_results(session: Session, task_ids: Sequence[str], depth: int = 5) -> dict[str, list[str]]:
    """The results of the last ``depth`` runs of each task that came to one, newest first; tasks without are absent.

    However long their histories are, only so many rows of each task are looked at.
    """
    if not task_ids:
        return {}
    tasks = values(column("id", String), name="tasks").data([(task_id,) for task_id in task_ids]).cte("tasks")
    earlier = aliased(Run)
    oldest = (
        select(earlier.number)
        .where(earlier.task_id == tasks.c.id, earlier.state.in_(RESULTS))
        .order_by(earlier.number.desc())
        .limit(1)
        .offset(depth - 1)
        .scalar_subquery()
    )
    counted = and_(Run.task_id == tasks.c.id, Run.number >= func.coalesce(oldest, 0))
    rows = session.execute(
        select(Run.task_id, Run.state)
        .select_from(tasks)
        .join(Run, counted)
        .where(Run.state.in_(RESULTS))
        .order_by(Run.number.desc())
    )
    results: dict[str, list[str]] = {}
    for task_id, state in rows:
        if task_id is not None:
            results.setdefault(task_id, []).append(state)
    return results
