"""What the API does with groups."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bottega.audit import trail
from bottega.audit.events import AuditKind, AuditName
from bottega.build import access, reading
from bottega.build.access import Action
from bottega.build.groups.names import MAX_DEPTH, MAX_GROUPS, check_group_id, check_name
from bottega.build.groups.places import hold
from bottega.build.groups.tables import BuildGroup
from bottega.build.groups.tree import Node, Tree
from bottega.build.identifiers import check_job_id, check_project_id
from bottega.build.tables import BuildTask
from bottega.clock import epoch_ms
from bottega.errors import Conflict, Invalid, NotFound
from bottega.iam.principal import Principal
from bottega.ids import new_hex
from bottega.projects.service import require_project
from bottega.store.database import Database

MAX_MOVED = 100


class GroupService:
    """Reading needs the right to view the project, changing the right to group its tasks.

    Every method raises :class:`Invalid`, :class:`NotFound` and :class:`Forbidden`; then nothing has changed.
    """

    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        self._database = database
        self.zone = zone

    def tree(self, principal: Principal, project_id: str) -> list[Node]:
        """All groups of a project."""
        check_project_id(project_id)
        with self._database.read() as session:
            require_project(session, principal.tenant_id, project_id)
            access.require_on_project(session, principal, project_id, Action.VIEW)
            return _tree(session, principal, project_id).nodes()

    def create(self, principal: Principal, project_id: str, name: str, parent_id: str = "") -> Node:
        """Add a group behind the others of its parent; an empty ``parent_id`` is the top."""
        check_name(name)
        with self._database.write() as session:
            tree = self._opened(session, principal, project_id)
            if len(tree) >= MAX_GROUPS:
                raise Invalid("name", f"the project already has {MAX_GROUPS} groups, the most allowed")
            _check_place(tree, parent_id, name, height=1)
            group = BuildGroup(
                id=new_hex(),
                tenant_id=principal.tenant_id,
                project_id=project_id,
                parent_id=parent_id,
                name=name,
                ordinal=_next_ordinal(tree, parent_id),
                creator_id=principal.user_id,
                created_at=epoch_ms(),
            )
            session.add(group)
            _note(session, principal, group, AuditName.CREATE_GROUP)
            path = ".".join([*tree.ancestry(parent_id), group.id])
            return Node(group=group, path=path, children=[])

    def update(
        self,
        principal: Principal,
        project_id: str,
        group_id: str,
        *,
        name: str | None = None,
        parent_id: str | None = None,
    ) -> Node:
        """Rename a group, or move it with all that is in it behind the groups of another parent; None keeps."""
        check_group_id(group_id, "id")
        if name is not None:
            check_name(name)
        with self._database.write() as session:
            tree = self._opened(session, principal, project_id)
            group = _of(tree, group_id)
            parent_id = group.parent_id if parent_id is None else parent_id
            name = group.name if name is None else name
            _check_place(tree, parent_id, name, height=tree.height(group_id), own_id=group_id)
            detail = f"renamed from {group.name}" if name != group.name else ""
            if parent_id != group.parent_id:
                detail = f"moved; {detail}" if detail else "moved"
                group.ordinal = _next_ordinal(tree, parent_id)
            group.name, group.parent_id = name, parent_id
            _touch(group, principal)
            _note(session, principal, group, AuditName.UPDATE_GROUP, detail)
            path = ".".join([*tree.ancestry(parent_id), group_id])
            return Node(group=group, path=path, children=[])

    def swap(self, principal: Principal, project_id: str, source_id: str, target_id: str) -> None:
        """Exchange the places of two groups of one parent."""
        check_group_id(source_id, "source_group_id")
        check_group_id(target_id, "target_group_id")
        with self._database.write() as session:
            tree = self._opened(session, principal, project_id)
            source, target = _of(tree, source_id), _of(tree, target_id)
            if source.parent_id != target.parent_id:
                raise Invalid("target_group_id", f"{target.name} and {source.name} are not in the same group")
            source.ordinal, target.ordinal = target.ordinal, source.ordinal
            for group, other in ((source, target), (target, source)):
                _touch(group, principal)
                _note(session, principal, group, AuditName.UPDATE_GROUP, f"swapped with {other.name}")

    def delete(self, principal: Principal, project_id: str, group_id: str) -> None:
        """Delete a group; its tasks, also those in the recycle bin, are in no group then.

        Also raises :class:`Conflict` while other groups are in it.
        """
        check_group_id(group_id, "id")
        with self._database.write() as session:
            tree = self._opened(session, principal, project_id)
            group = _of(tree, group_id)
            if tree.children(group_id):
                raise Conflict(f"id: there are groups in the group {group.name}; delete or move them first")
            # Waits for those who are saving a task into it.
            session.refresh(group, with_for_update=True)
            inside = BuildTask.group_id == group_id
            # In one order everywhere, so that two requests for the same tasks never wait for each other.
            session.execute(select(BuildTask.id).where(inside).order_by(BuildTask.id).with_for_update())
            session.execute(update(BuildTask).where(inside).values(group_id=""))
            session.delete(group)
            _note(session, principal, group, AuditName.DELETE_GROUP)

    def move_tasks(
        self, principal: Principal, project_id: str, group_id: str, task_ids: Sequence[str]
    ) -> Mapping[str, str]:
        """Put tasks into a group, or with an empty id into none, all or none. Returns their paths by task id."""
        check_project_id(project_id)
        if group_id:
            check_group_id(group_id, "group_id")
        if not 1 <= len(task_ids) <= MAX_MOVED:
            raise Invalid("jobs", f"expected 1 to {MAX_MOVED} tasks")
        for task_id in task_ids:
            check_job_id(task_id)
        with self._database.write() as session:
            require_project(session, principal.tenant_id, project_id, lock=True)
            access.require_on_project(session, principal, project_id, Action.GROUP)
            if not hold(session, principal.tenant_id, project_id, group_id):
                raise NotFound("group", group_id)
            for task_id in sorted(set(task_ids)):
                task = reading.task(session, principal.tenant_id, task_id, lock=True)
                if task.project_id != project_id:
                    raise NotFound("build task", task_id)
                access.require_on_task(session, principal, task, Action.VIEW)
                if task.group_id != group_id:
                    task.group_id = group_id
                    _note_move(session, principal, task)
            path = _tree(session, principal, project_id).path(group_id)
            return dict.fromkeys(task_ids, path)

    def _opened(self, session: Session, principal: Principal, project_id: str) -> Tree:
        """The tree of a project, which nobody else changes until the transaction ends."""
        check_project_id(project_id)
        require_project(session, principal.tenant_id, project_id, lock=True)
        access.require_on_project(session, principal, project_id, Action.GROUP)
        self._database.one_at_a_time(session, f"groups of {project_id}")
        return _tree(session, principal, project_id)


def _tree(session: Session, principal: Principal, project_id: str) -> Tree:
    query = select(BuildGroup).where(
        BuildGroup.tenant_id == principal.tenant_id, BuildGroup.project_id == project_id
    )
    return Tree(session.scalars(query))


def _of(tree: Tree, group_id: str) -> BuildGroup:
    group = tree.get(group_id)
    if group is None:
        raise NotFound("group", group_id)
    return group


def _check_place(tree: Tree, parent_id: str, name: str, *, height: int, own_id: str = "") -> None:
    if parent_id:
        check_group_id(parent_id, "parent_id")
        if tree.get(parent_id) is None:
            raise Invalid("parent_id", f"the project has no group {parent_id}")
    above = tree.ancestry(parent_id)
    if own_id and own_id in above:
        raise Invalid("parent_id", "a group cannot be moved into itself or into a group that is in it")
    if len(above) + height > MAX_DEPTH:
        raise Invalid("parent_id", f"groups can be nested {MAX_DEPTH} levels deep, not {len(above) + height}")
    if any(other.name == name and other.id != own_id for other in tree.children(parent_id)):
        raise Invalid("name", f"there already is a group named {name} at that place")


def _next_ordinal(tree: Tree, parent_id: str) -> int:
    return max((group.ordinal for group in tree.children(parent_id)), default=0) + 1


def _touch(group: BuildGroup, principal: Principal) -> None:
    group.updater_id = principal.user_id
    group.updated_at = epoch_ms()


def _note(
    session: Session, principal: Principal, group: BuildGroup, name: AuditName, detail: str = ""
) -> None:
    trail.record(
        session,
        principal,
        name,
        AuditKind.GROUP,
        group.id,
        group.name,
        project_id=group.project_id,
        detail=detail,
    )


def _note_move(session: Session, principal: Principal, task: BuildTask) -> None:
    trail.record(
        session,
        principal,
        AuditName.MOVE_JOB,
        AuditKind.JOB,
        task.id,
        task.name,
        project_id=task.project_id,
        detail=f"into the group {task.group_id}" if task.group_id else "out of its group",
    )
