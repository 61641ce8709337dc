"""Showing and changing the matrix of projects and tasks."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bottega.audit import trail
from bottega.audit.events import AuditKind, AuditName
from bottega.build import access, reading
from bottega.build.access import Action, Actions
from bottega.build.identifiers import check_job_id, check_project_id
from bottega.build.noting import note
from bottega.build.permissions import matrix
from bottega.build.permissions.actions import ALL, LOCKED
from bottega.build.permissions.matrix import Matrix
from bottega.build.permissions.tables import PermissionRow
from bottega.build.tables import BuildTask
from bottega.clock import epoch_ms
from bottega.errors import Forbidden, Invalid
from bottega.iam.principal import Principal
from bottega.projects.parts import Role, role_of
from bottega.projects.roles import ROLE_NAMES, TASK_CREATOR, checked_role
from bottega.projects.service import require_project
from bottega.store.database import Database

MAX_TASKS = 100


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller may do, and in which role. ``task`` is None for a project."""

    role: Role
    actions: Actions
    task: BuildTask | None = None


class MatrixRow(msgspec.Struct, frozen=True, kw_only=True):
    """One role's line. ``row_id`` is 0 and the times are the task's where nothing was stored."""

    role_id: int
    actions: Actions
    row_id: int = 0
    created_at: int = 0
    updated_at: int = 0


class PermissionService:
    """Every look-up is by the caller's tenant. Only who may MANAGE changes a matrix."""

    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        self._database = database
        self.zone = zone

    def of_project(self, principal: Principal, project_id: str) -> Allowed:
        """The caller's part in a project. Raises :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`."""
        check_project_id(project_id)
        with self._database.read() as session:
            require_project(session, principal.tenant_id, project_id)
            role = _part(session, principal, project_id)
            return Allowed(role=role, actions=access.on_project(session, principal, project_id))

    def of_task(self, principal: Principal, project_id: str, task_id: str) -> Allowed:
        """The caller's part in a task. Raises like :meth:`of_project`."""
        with self._database.read() as session:
            task = _task(session, principal, project_id, task_id)
            role = _part(session, principal, task.project_id)
            if task.creator_id == principal.user_id:
                role = Role(TASK_CREATOR, named=True)
            return Allowed(role=role, actions=access.on_task(session, principal, task), task=task)

    def task_matrix(self, principal: Principal, task_id: str) -> list[MatrixRow]:
        """Every role's line for a task, its creator's first. Raises :class:`NotFound`, :class:`Forbidden`."""
        check_job_id(task_id)
        with self._database.read() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.VIEW)
            own = task_id if task.own_permissions else ""
            if own:
                valid = matrix.of_task(session, task.project_id, task_id)
            else:
                valid = matrix.of_project(session, task.project_id)
            stored = {row.role_id: row for row in matrix.rows(session, task.project_id, own)}
        lines = [_line(TASK_CREATOR, ALL, None, task)]
        return lines + [_line(role_id, valid[role_id], stored.get(role_id), task) for role_id in ROLE_NAMES]

    def project_matrix(self, principal: Principal, project_id: str, task_id: str) -> Matrix:
        """Every role's actions in a project; ``task_id`` may be empty. Raises :class:`NotFound`, :class:`Forbidden`."""
        check_project_id(project_id)
        with self._database.read() as session:
            require_project(session, principal.tenant_id, project_id)
            if task_id:
                task = _task(session, principal, project_id, task_id)
                access.require_on_task(session, principal, task, Action.VIEW)
            else:
                access.require_on_project(session, principal, project_id, Action.VIEW)
            return matrix.of_project(session, project_id)

    def follow_project(
        self, principal: Principal, project_id: str, task_ids: Sequence[str], *, follows: bool
    ) -> None:
        """Let tasks use the project's matrix, or give each a copy of it as their own.

        Raises :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`; then nothing changes.
        """
        with self._database.write() as session:
            for task in _manageable(session, principal, project_id, task_ids):
                if follows:
                    _drop_own(session, task)
                elif not task.own_permissions:
                    _store_own(session, task, matrix.of_project(session, task.project_id))
                note(
                    session,
                    principal,
                    task,
                    AuditName.UPDATE_PERMISSION,
                    f"project_permission_switch {str(follows).lower()}",
                )

    def replace(
        self, principal: Principal, project_id: str, task_ids: Sequence[str], lines: Mapping[int, Actions]
    ) -> None:
        """Set the lines of some roles in the own matrix of tasks, or with no tasks in that of the project.

        The lines of creators and project administrators are locked: they are accepted and stay as they are. Raises like
        :meth:`follow_project`.
        """
        wanted = {
            checked_role("permissions.role_id", role_id): actions
            for role_id, actions in lines.items()
            if role_id != TASK_CREATOR
        }
        with self._database.write() as session:
            if not task_ids:
                check_project_id(project_id)
                require_project(session, principal.tenant_id, project_id)
                access.require_on_project(session, principal, project_id, Action.MANAGE)
                _store(session, principal.tenant_id, project_id, "", wanted)
                trail.record(
                    session,
                    principal,
                    AuditName.UPDATE_PERMISSION,
                    AuditKind.PROJECT,
                    project_id,
                    project_id=project_id,
                    detail=_described(wanted),
                )
                return
            for task in _manageable(session, principal, project_id, task_ids):
                if task.own_permissions:
                    before = matrix.of_task(session, task.project_id, task.id)
                else:
                    before = matrix.of_project(session, task.project_id)
                _store_own(session, task, before | wanted)
                note(session, principal, task, AuditName.UPDATE_PERMISSION, _described(wanted))


def copy_matrix(session: Session, source: BuildTask, clone: BuildTask) -> None:
    """Give a clone the own matrix of its source, inside the cloning transaction."""
    if source.own_permissions:
        _store_own(session, clone, matrix.of_task(session, source.project_id, source.id))


def forget_task(session: Session, task: BuildTask) -> None:
    """Delete the rows of a task that is being purged."""
    session.execute(
        delete(PermissionRow).where(
            PermissionRow.project_id == task.project_id, PermissionRow.task_id == task.id
        )
    )


def forget_project(session: Session, project_id: str) -> None:
    """Delete all rows of a project of which nothing is left."""
    session.execute(delete(PermissionRow).where(PermissionRow.project_id == project_id))


def _part(session: Session, principal: Principal, project_id: str) -> Role:
    role = role_of(session, principal, project_id)
    if role is None:
        raise Forbidden(f"user {principal.user_name} takes no part in this project")
    return role


def _task(session: Session, principal: Principal, project_id: str, task_id: str) -> BuildTask:
    check_project_id(project_id)
    check_job_id(task_id)
    task = reading.task(session, principal.tenant_id, task_id)
    if task.project_id != project_id:
        raise Invalid("project_id", "is not the project of this build task")
    return task


def _manageable(
    session: Session, principal: Principal, project_id: str, task_ids: Sequence[str]
) -> list[BuildTask]:
    if not 1 <= len(task_ids) <= MAX_TASKS:
        raise Invalid("job_ids", f"expected 1 to {MAX_TASKS} tasks")
    tasks: list[BuildTask] = []
    # In one order everywhere, so that two requests for the same tasks never wait for each other.
    for task_id in sorted(set(task_ids)):
        check_job_id(task_id)
        task = reading.task(session, principal.tenant_id, task_id, lock=True)
        if project_id and task.project_id != project_id:
            raise Invalid("project_id", f"is not the project of the build task {task.name}")
        access.require_on_task(session, principal, task, Action.MANAGE)
        tasks.append(task)
    return tasks


def _line(role_id: int, actions: Actions, row: PermissionRow | None, task: BuildTask) -> MatrixRow:
    if row is None:
        return MatrixRow(
            role_id=role_id, actions=actions, created_at=task.created_at, updated_at=task.created_at
        )
    return MatrixRow(
        role_id=role_id,
        actions=actions,
        row_id=row.id,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _drop_own(session: Session, task: BuildTask) -> None:
    task.own_permissions = False
    forget_task(session, task)


def _store_own(session: Session, task: BuildTask, lines: Matrix) -> None:
    task.own_permissions = True
    _store(session, task.tenant_id, task.project_id, task.id, lines)


def _store(
    session: Session, tenant_id: str, project_id: str, task_id: str, lines: Mapping[int, Actions]
) -> None:
    now = epoch_ms()
    query = select(PermissionRow).where(
        PermissionRow.project_id == project_id, PermissionRow.task_id == task_id
    )
    stored = {row.role_id: row for row in session.scalars(query.with_for_update())}
    for role_id, actions in lines.items():
        granted = ALL if role_id in LOCKED else actions
        row = stored.get(role_id)
        if row is None:
            row = PermissionRow(
                tenant_id=tenant_id,
                project_id=project_id,
                task_id=task_id,
                role_id=role_id,
                actions=[],
                views=False,
                created_at=now,
                updated_at=now,
            )
            session.add(row)
        row.actions = sorted(granted)
        row.views = Action.VIEW in granted
        row.updated_at = now


def _described(lines: Mapping[int, Actions]) -> str:
    return "; ".join(f"{ROLE_NAMES[role]}: {', '.join(sorted(actions))}" for role, actions in lines.items())
