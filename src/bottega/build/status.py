"""The state of a task's builds, for clients that ask for it again and again while they wait.

The statements are built once and read columns: with entities, and with a health score and a project name that are not
part of the answer, the same would cost five times as much.
"""

import asyncio
from typing import Any

import msgspec
from sqlalchemy import Integer, Row, and_, bindparam, exists, func, select

from bottega.build import access
from bottega.build.access import Action, Actions, TaskKey
from bottega.build.errors import NeverBuilt
from bottega.build.favourites.tables import Favourite
from bottega.build.health import HEALTH_DEPTH, health
from bottega.build.identifiers import check_job_id
from bottega.build.permissions.actions import ALL
from bottega.build.tables import BuildTask
from bottega.errors import Forbidden, NotFound
from bottega.iam.principal import Principal
from bottega.runs import queries
from bottega.runs.tables import Run
from bottega.store.database import Database


class BuildStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a build while it runs, without what only its record shows. Times are epoch milliseconds."""

    id: str
    tenant_id: str
    number: int
    state: str
    pool: str
    arch: str
    flavor: str
    created_at: int
    started_at: int | None
    finished_at: int | None
    log_size: int
    log_sealed: bool
    log_deleted: bool


class TaskStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The header of a task with its newest build, and what the caller may do with it.

    ``health`` is a percentage (:mod:`bottega.build.health`); ``follows_project``: permissions are those of the project.
    """

    id: str
    project_id: str
    name: str
    created_at: int
    disabled: bool
    health: int
    actions: Actions
    follows_project: bool
    starred: bool
    latest: BuildStatus | None


_BUILD = BuildStatus.__struct_fields__
_build_columns = tuple(getattr(Run, name).label(name) for name in _BUILD)
_wanted_number = func.coalesce(bindparam("number", type_=Integer), BuildTask.last_number)
_this_task = and_(
    BuildTask.id == bindparam("task_id"),
    BuildTask.tenant_id == bindparam("tenant_id"),
    BuildTask.deleted_at.is_(None),
)

_guarded = (
    BuildTask.id.label("task_id"),
    BuildTask.name,
    BuildTask.project_id,
    BuildTask.creator_id,
    BuildTask.own_permissions,
)

# The task is there with nulls for its build when it has no such build: two different refusals.
_of_task = (
    select(*_guarded, *_build_columns)
    .select_from(BuildTask)
    .outerjoin(Run, and_(Run.task_id == BuildTask.id, Run.number == _wanted_number))
    .where(_this_task)
)

_header = (
    select(
        *_guarded,
        BuildTask.created_at.label("task_created_at"),
        BuildTask.disabled_at,
        exists()
        .where(Favourite.user_id == bindparam("user_id"), Favourite.task_id == BuildTask.id)
        .label("starred"),
        *_build_columns,
    )
    .select_from(BuildTask)
    .outerjoin(Run, and_(Run.task_id == BuildTask.id, Run.number == BuildTask.last_number))
    .where(_this_task)
)


class StatusReader:
    """Look-ups by the caller's tenant; all need the right to view.

    They may be awaited on the event loop. Raise :class:`InvalidId`, :class:`NotFound`, :class:`Forbidden`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lookups = database.lookups

    async def newest(self, principal: Principal, task_id: str) -> BuildStatus | None:
        """The newest build of a task; None when it was never built."""
        return _build(await self._row(principal, task_id, None))

    async def build(self, principal: Principal, task_id: str, number: int | None) -> BuildStatus:
        """Build ``number`` of a task, or its newest."""
        found = _build(await self._row(principal, task_id, number))
        if found is None:
            raise NotFound("build", number) if number else NeverBuilt(task_id)
        return found

    async def task(self, principal: Principal, task_id: str) -> TaskStatus:
        """The header of a task."""
        check_job_id(task_id)
        key = {"task_id": task_id, "tenant_id": principal.tenant_id, "user_id": principal.user_id}
        rows = await self._lookups.fetch(_header, key)
        if not rows:
            raise NotFound("build task", task_id)
        row = rows[0]
        actions = await self._actions(principal, row)
        recent = await self._lookups.fetch(queries.recent_states, {"task_id": task_id, "depth": HEALTH_DEPTH})
        return TaskStatus(
            id=task_id,
            project_id=row.project_id,
            name=row.name,
            created_at=row.task_created_at,
            disabled=row.disabled_at is not None,
            actions=actions,
            follows_project=not row.own_permissions,
            starred=bool(row.starred),
            health=health([state for (state,) in recent]),
            latest=_build(row),
        )

    async def _row(self, principal: Principal, task_id: str, number: int | None) -> Row[*tuple[Any, ...]]:
        check_job_id(task_id)
        key = {"task_id": task_id, "tenant_id": principal.tenant_id, "number": number}
        rows = await self._lookups.fetch(_of_task, key)
        if not rows:
            raise NotFound("build task", task_id)
        await self._actions(principal, rows[0])
        return rows[0]

    async def _actions(self, principal: Principal, row: Row[*tuple[Any, ...]]) -> Actions:
        """What the caller may do; one who may do all, as most who poll, costs no further look-up."""
        task = TaskKey(
            id=row.task_id,
            name=row.name,
            project_id=row.project_id,
            creator_id=row.creator_id,
            own_permissions=row.own_permissions,
        )
        if access.may_all(principal, task):
            return ALL
        actions = await asyncio.to_thread(self._look_up_actions, principal, task)
        if Action.VIEW not in actions:
            raise Forbidden(f"user {principal.user_name} may not view the build task {task.name}")
        return actions

    def _look_up_actions(self, principal: Principal, task: TaskKey) -> Actions:
        with self._database.read() as session:
            return access.on_task(session, principal, task)


def _build(row: Row[*tuple[Any, ...]]) -> BuildStatus | None:
    if row.id is None:
        return None
    return BuildStatus(**{name: getattr(row, name) for name in _BUILD})
