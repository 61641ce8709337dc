"""What a caller may do with a project's build tasks: asked by every operation, in the transaction that acts."""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import ColumnElement, Integer, and_, case, exists, literal, or_, select, true
from sqlalchemy.orm import Session

from bottega.build.permissions import matrix
from bottega.build.permissions.actions import ALL, DEFAULTS, NOTHING, Action, Actions
from bottega.build.permissions.tables import PermissionRow
from bottega.build.tables import BuildTask
from bottega.errors import Forbidden
from bottega.iam.principal import Principal, Right
from bottega.projects.parts import Role, named_roles, role_by_rights, role_of

__all__ = [
    "Action",
    "Actions",
    "TaskKey",
    "may_all",
    "on_project",
    "on_task",
    "on_tasks",
    "require_on_project",
    "require_on_task",
    "visible_tasks",
]

_BY_RIGHT: dict[Right, Actions] = {
    Right.VIEW: frozenset({Action.VIEW}),
    Right.CREATE: frozenset({Action.CREATE, Action.COPY, Action.GROUP}),
    Right.MODIFY: frozenset({Action.MODIFY, Action.DISABLE}),
    Right.DELETE: frozenset({Action.DELETE}),
    Right.EXECUTE: frozenset({Action.EXECUTE}),
    Right.ADMINISTER: ALL,
}


class TaskKey(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be known of a task to tell who may do what with it, when it was not loaded."""

    id: str
    name: str
    project_id: str
    creator_id: str
    own_permissions: bool


def may_all(principal: Principal, task: BuildTask | TaskKey) -> bool:
    """Whether the caller may do all with a task without any look at the matrix: administrators and its creator."""
    return Right.ADMINISTER in principal.rights or task.creator_id == principal.user_id


def on_project(session: Session, principal: Principal, project_id: str) -> Actions:
    """What the caller may do in a project of their tenant."""
    if Right.ADMINISTER in principal.rights:
        return ALL
    role = role_of(session, principal, project_id)
    if role is None:
        return NOTHING
    return _bounded(principal, role, matrix.of_project(session, project_id))


def on_task(session: Session, principal: Principal, task: BuildTask | TaskKey) -> Actions:
    """What the caller may do with one task; who created it may do all."""
    if may_all(principal, task):
        return ALL
    role = role_of(session, principal, task.project_id)
    if role is None:
        return NOTHING
    if task.own_permissions:
        return _bounded(principal, role, matrix.of_task(session, task.project_id, task.id))
    return _bounded(principal, role, matrix.of_project(session, task.project_id))


def on_tasks(session: Session, principal: Principal, tasks: Sequence[BuildTask]) -> Mapping[str, Actions]:
    """The same for a page of tasks, by task id, in a fixed number of queries."""
    if Right.ADMINISTER in principal.rights:
        return {task.id: ALL for task in tasks}
    named = named_roles(session, principal)
    otherwise = role_by_rights(principal)
    projects = {task.project_id for task in tasks}
    own = {task.id for task in tasks if task.own_permissions}
    stored = session.scalars(
        select(PermissionRow).where(
            PermissionRow.project_id.in_(projects), PermissionRow.task_id.in_({"", *own})
        )
    )
    changed: dict[tuple[str, str], list[PermissionRow]] = {}
    for row in stored:
        changed.setdefault((row.project_id, row.task_id), []).append(row)
    allowed: dict[str, Actions] = {}
    for task in tasks:
        if task.creator_id == principal.user_id:
            allowed[task.id] = ALL
            continue
        role = Role(named[task.project_id], named=True) if task.project_id in named else otherwise
        place = (task.project_id, task.id if task.own_permissions else "")
        valid = DEFAULTS | matrix.read(changed.get(place, []))
        allowed[task.id] = NOTHING if role is None else _bounded(principal, role, valid)
    return allowed


def visible_tasks(session: Session, principal: Principal) -> ColumnElement[bool]:
    """The condition for tasks of the caller's tenant that the caller may view, for lists and counts."""
    if Right.ADMINISTER in principal.rights:
        return true()
    named = named_roles(session, principal)
    otherwise = role_by_rights(principal)
    default = _views(principal, otherwise, DEFAULTS)
    changed: dict[str, list[PermissionRow]] = {}
    for row in session.scalars(
        select(PermissionRow).where(
            PermissionRow.tenant_id == principal.tenant_id, PermissionRow.task_id == ""
        )
    ):
        changed.setdefault(row.project_id, []).append(row)
    exceptions: list[str] = []
    for project_id in {*named, *changed}:
        role = Role(named[project_id], named=True) if project_id in named else otherwise
        valid = DEFAULTS | matrix.read(changed.get(project_id, []))
        if _views(principal, role, valid) is not default:
            exceptions.append(project_id)
    excepted = BuildTask.project_id.in_(exceptions)
    following = and_(BuildTask.own_permissions.is_(False), ~excepted if default else excepted)
    return or_(BuildTask.creator_id == principal.user_id, following, _own_matrix_shows(principal, named))


def _own_matrix_shows(principal: Principal, named: Mapping[str, int]) -> ColumnElement[bool]:
    """Tasks with a matrix of their own in which the caller's role may view them."""
    unnamed = role_by_rights(principal)
    by_rights = unnamed.role_id if unnamed is not None and Right.VIEW in principal.rights else None
    if not named:
        role: ColumnElement[int | None] = literal(by_rights, Integer)
    else:
        role = case(dict(named), value=BuildTask.project_id, else_=literal(by_rights, Integer))
    row = exists().where(
        PermissionRow.task_id == BuildTask.id,
        PermissionRow.project_id == BuildTask.project_id,
        PermissionRow.role_id == role,
        PermissionRow.views.is_(True),
    )
    return and_(BuildTask.own_permissions.is_(True), row)


def require_on_project(session: Session, principal: Principal, project_id: str, action: Action) -> None:
    """Raise :class:`Forbidden` unless the caller may do ``action`` in the project."""
    if action not in on_project(session, principal, project_id):
        raise Forbidden(f"user {principal.user_name} may not {action} build tasks in this project")


def require_on_task(
    session: Session, principal: Principal, task: BuildTask | TaskKey, action: Action
) -> None:
    """Raise :class:`Forbidden` unless the caller may do ``action`` with the task."""
    if action not in on_task(session, principal, task):
        raise Forbidden(f"user {principal.user_name} may not {action} the build task {task.name}")


def _bounded(principal: Principal, role: Role, valid: matrix.Matrix) -> Actions:
    actions = valid.get(role.role_id, NOTHING)
    if role.named:
        return actions
    return actions & frozenset(action for right in principal.rights for action in _BY_RIGHT[right])


def _views(principal: Principal, role: Role | None, valid: matrix.Matrix) -> bool:
    return role is not None and Action.VIEW in _bounded(principal, role, valid)
