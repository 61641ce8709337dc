"""Groups of check tasks: folders of a project, one level deep."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bottega.audit import trail
from bottega.audit.events import AuditKind, AuditName
from bottega.check import access
from bottega.check.access import Action
from bottega.check.errors import UnknownTask
from bottega.check.identifiers import check_id, check_name
from bottega.check.tasks import reading
from bottega.check.tasks.noting import note
from bottega.check.tasks.tables import CheckTask, CheckTaskGroup
from bottega.clock import epoch_ms
from bottega.errors import Invalid, NotFound
from bottega.iam.principal import Principal
from bottega.ids import new_hex
from bottega.projects.service import require_project
from bottega.store.database import Database

MAX_GROUPS = 1000
"""Of one project: all of them are one answer."""
MAX_MOVED = 100


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """``tasks`` is how many families are in it."""

    id: str
    name: str
    tasks: int = 0


class TaskGroups:
    """Seeing needs the right to list the project's tasks, changing the right to change them.

    All raise :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`; then nothing has changed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_project(self, principal: Principal, project_id: str) -> list[Group]:
        """All of them by name."""
        with self._database.read() as session:
            _require(session, principal, project_id, Action.LIST)
            inside = select(CheckTask.group_id, func.count()).where(
                CheckTask.tenant_id == principal.tenant_id,
                CheckTask.project_id == project_id,
                CheckTask.parent_id.is_(None),
                CheckTask.deleted_at.is_(None),
            )
            counts = {row[0]: row[1] for row in session.execute(inside.group_by(CheckTask.group_id))}
            rows = session.scalars(
                select(CheckTaskGroup)
                .where(CheckTaskGroup.project_id == project_id)
                .order_by(CheckTaskGroup.name)
            )
            return [Group(id=row.id, name=row.name, tasks=counts.get(row.id, 0)) for row in rows]

    def create(self, principal: Principal, project_id: str, name: str) -> Group:
        """A new one, with nothing in it."""
        check_name(name, "name")
        with self._database.write() as session:
            self._open(session, principal, project_id)
            of_project = CheckTaskGroup.project_id == project_id
            count = session.scalar(select(func.count()).select_from(CheckTaskGroup).where(of_project)) or 0
            if count >= MAX_GROUPS:
                raise Invalid("name", f"the project already has {MAX_GROUPS} groups, the most allowed")
            _require_free(session, project_id, name)
            group = CheckTaskGroup(
                id=new_hex(),
                tenant_id=principal.tenant_id,
                project_id=project_id,
                name=name,
                creator_id=principal.user_id,
                created_at=epoch_ms(),
            )
            session.add(group)
            _note(session, principal, group, AuditName.CREATE_GROUP)
            return Group(id=group.id, name=name)

    def rename(self, principal: Principal, project_id: str, group_id: str, name: str) -> None:
        """Call it otherwise."""
        check_name(name, "name")
        with self._database.write() as session:
            self._open(session, principal, project_id)
            group = _group(session, project_id, group_id, share=False)
            if name != group.name:
                _require_free(session, project_id, name)
                _note(session, principal, group, AuditName.UPDATE_GROUP, f"renamed to {name}")
                group.name = name

    def delete(self, principal: Principal, project_id: str, group_id: str) -> None:
        """Delete it; its tasks are in no group then."""
        with self._database.write() as session:
            self._open(session, principal, project_id)
            # Waits for those who are putting a task into it.
            group = _group(session, project_id, group_id, share=False)
            session.execute(update(CheckTask).where(CheckTask.group_id == group_id).values(group_id=""))
            session.delete(group)
            _note(session, principal, group, AuditName.DELETE_GROUP)

    def move(self, principal: Principal, project_id: str, group_id: str, task_ids: Sequence[str]) -> None:
        """Put families into a group, or with an empty id into none: all or none. Also raises :class:`UnknownTask`."""
        wanted = sorted({check_id(task_id, "task_ids") for task_id in task_ids})
        if not 0 < len(wanted) <= MAX_MOVED:
            raise Invalid("task_ids", f"must name 1 to {MAX_MOVED} tasks")
        with self._database.write() as session:
            _require(session, principal, project_id, Action.LIST)
            name = _group(session, project_id, group_id, share=True).name if group_id else "none"
            for task_id in wanted:
                task = reading.in_project(session, principal.tenant_id, project_id, task_id, lock=True)
                access.require_on_task(session, principal, task, Action.UPDATE)
                if task.parent_id is not None:
                    raise UnknownTask(task_id)
                if task.group_id != group_id:
                    task.group_id = group_id
                    note(session, principal, task, AuditName.UPDATE_CHECK_TASK, f"group {name}")

    def _open(self, session: Session, principal: Principal, project_id: str) -> None:
        _require(session, principal, project_id, Action.UPDATE, lock=True)
        self._database.one_at_a_time(session, f"groups of check tasks of {project_id}")


def forget_project(session: Session, project_id: str) -> None:
    """Delete the groups of a project that is being deleted."""
    session.execute(delete(CheckTaskGroup).where(CheckTaskGroup.project_id == project_id))


def _require(
    session: Session, principal: Principal, project_id: str, action: Action, *, lock: bool = False
) -> None:
    check_id(project_id, "project_id")
    require_project(session, principal.tenant_id, project_id, lock=lock)
    access.require_on_project(session, principal, project_id, action)


def _group(session: Session, project_id: str, group_id: str, *, share: bool) -> CheckTaskGroup:
    """The group, which stays as it is, or if ``share`` at least stays, until the transaction ends."""
    check_id(group_id, "group_id")
    query = select(CheckTaskGroup).where(
        CheckTaskGroup.id == group_id, CheckTaskGroup.project_id == project_id
    )
    found = session.scalars(query.with_for_update(read=share)).one_or_none()
    if found is None:
        raise NotFound("group", group_id)
    return found


def _require_free(session: Session, project_id: str, name: str) -> None:
    taken = select(CheckTaskGroup.id).where(
        CheckTaskGroup.project_id == project_id, CheckTaskGroup.name == name
    )
    if session.scalar(taken) is not None:
        raise Invalid("name", f"the project already has a group named {name}")


def _note(
    session: Session, principal: Principal, group: CheckTaskGroup, name: AuditName, detail: str = ""
) -> None:
    trail.record(
        session,
        principal,
        name,
        AuditKind.CHECK_TASK_GROUP,
        group.id,
        group.name,
        project_id=group.project_id,
        detail=detail,
    )
