"""Reading records of several tasks, and what a task's records have in common.

The numbers of a task's records have no gaps and its row knows the newest, so that its last so many are a range of an
index. Nothing here costs more for a task that was built a million times, but for a last success that is far back:
:func:`last_success` walks there along an index.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, ScalarSelect, String, and_, column, exists, func, select, values
from sqlalchemy.orm import Session, aliased

from bottega.build.statistics import sources
from bottega.build.tables import BuildTask
from bottega.runs.states import RunState
from bottega.runs.tables import Run

MAX_BRANCHES = 1000
"""How many branches are told."""


class BriefRun(msgspec.Struct, frozen=True, kw_only=True):
    """What lists of many tasks show of a run: read as columns, for which entities would cost five times as much."""

    id: str
    task_id: str
    number: int
    state: str
    daily_number: str
    branch: str
    commit_id: str
    user_name: str
    created_at: int
    queued_at: int
    started_at: int | None
    finished_at: int | None


_BRIEF = tuple(getattr(Run, name) for name in BriefRun.__struct_fields__)


def newest_of(session: Session, tasks: Sequence[BuildTask], limit: int) -> dict[str, list[BriefRun]]:
    """The ``limit`` newest runs of each task, newest first, by task id."""
    query = (
        select(*_BRIEF)
        .join(BuildTask, BuildTask.id == Run.task_id)
        .where(BuildTask.id.in_([task.id for task in tasks]), Run.number > BuildTask.last_number - limit)
    )
    found: dict[str, list[BriefRun]] = {task.id: [] for task in tasks}
    for row in session.execute(query):
        run = _brief(row)
        found[run.task_id].append(run)
    for runs in found.values():
        runs.sort(key=lambda run: run.number, reverse=True)
    return found


def branches(session: Session, task: BuildTask) -> list[str]:
    """The branches of all repositories that the task was ever built from, sorted, at most :data:`MAX_BRANCHES`.

    As in :mod:`bottega.build.statistics.sources` the statement jumps along an index from one branch to the next.
    """
    repositories = sources.repositories(session, task.tenant_id, task.id)
    if not repositories:
        return []
    names = values(column("name", String), name="names").data([(name,) for name in repositories]).cte("names")
    first = _least_branch(task, names.c.name, "")
    seen = select(names.c.name.label("repository"), first.label("branch")).cte("seen", recursive=True)
    following = _least_branch(task, seen.c.repository, seen.c.branch)
    seen = seen.union_all(select(seen.c.repository, following).where(seen.c.branch.is_not(None)))
    found = select(seen.c.branch).where(seen.c.branch.is_not(None)).limit(MAX_BRANCHES)
    return sorted(set(session.scalars(found)))


def last_success(
    session: Session, tasks: ColumnElement[bool], repository: str
) -> tuple[BriefRun, str] | None:
    """The run of that repository that succeeded last, and its task's name, among those ``tasks`` is true for."""
    built, newest = aliased(Run), aliased(Run)
    has_built = exists().where(built.task_id == BuildTask.id, built.repository == repository)
    number = (
        select(newest.number)
        .where(
            newest.task_id == BuildTask.id,
            newest.state == RunState.SUCCESS,
            # An expression, so that the newest runs are looked at first and not all of the repository are sorted.
            newest.repository.concat("") == repository,
        )
        .order_by(newest.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(*_BRIEF, BuildTask.name)
        .select_from(BuildTask)
        .join(Run, and_(Run.task_id == BuildTask.id, Run.number == number))
        .where(tasks, has_built)
        .order_by(Run.finished_at.desc(), Run.id)
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (_brief(row), row[-1])


def _brief(row: Row[*tuple[Any, ...]]) -> BriefRun:
    # What follows the run's own columns is left out.
    return BriefRun(**dict(zip(BriefRun.__struct_fields__, row, strict=False)))


def _least_branch(
    task: BuildTask, repository: ColumnElement[str], above: ColumnElement[str] | str
) -> ScalarSelect[str]:
    runs = aliased(Run)
    return (
        select(func.min(runs.branch))
        .where(runs.task_id == task.id, runs.repository == repository, runs.branch > above)
        .scalar_subquery()
    )
