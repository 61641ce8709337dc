"""The matrix and the caller's rights on the wire, named as in the contract."""

from zoneinfo import ZoneInfo

import msgspec

from bottega.build.access import Action, Actions
from bottega.build.api.envelopes import ResultEnvelope, StatusEnvelope
from bottega.build.api.times import spoken
from bottega.build.permissions.service import Allowed, MatrixRow
from bottega.projects.roles import ROLE_NAMES


class ShowUserProjectPermissionResult(msgspec.Struct, kw_only=True):
    """``role_id`` and ``role_ids`` are numbers on the wire, whatever the model says."""

    project_id: str
    create_permission: bool
    modify_permission: bool
    group_permission: bool
    delete_permission: bool
    view_permission: bool
    execute_permission: bool
    copy_permission: bool
    forbidden_permission: bool
    manager_permission: bool
    role_id: int
    role_name: str
    role_ids: list[int]
    role_names: list[str]


class ShowProjectPermissionResponse(ResultEnvelope, kw_only=True):
    result: ShowUserProjectPermissionResult


class Flags(msgspec.Struct, kw_only=True):
    is_modify: bool
    is_delete: bool
    is_view: bool
    is_execute: bool
    is_copy: bool
    is_forbidden: bool
    is_manager: bool


class ShowJobPermissionResult(Flags, kw_only=True):
    role_id: int
    job_id: str
    create_time: str
    last_update_time: str
    count: int = 0


class ShowProjectJobPermissionResponse(StatusEnvelope, kw_only=True):
    result: ShowJobPermissionResult


class ShowJobRolePermissionResult(ShowJobPermissionResult, kw_only=True):
    id: int
    role_name: str


class ShowJobRolePermissionResponse(StatusEnvelope, kw_only=True):
    result: list[ShowJobRolePermissionResult]


class ShowDefaultProjectPermissionResponseBodyResult(Flags, kw_only=True):
    role_id: int
    role_name: str


class ShowDefaultProjectPermissionResponse(ResultEnvelope, kw_only=True):
    result: list[ShowDefaultProjectPermissionResponseBodyResult]


class JobRolePermission(msgspec.Struct, kw_only=True):
    """A line of the matrix as clients send it: a flag that is left out is not granted."""

    role_id: int
    id: int | None = None
    devuc_role_id: str | None = None
    role_name: str | None = None
    is_modify: bool | None = None
    is_delete: bool | None = None
    is_view: bool | None = None
    is_execute: bool | None = None
    is_copy: bool | None = None
    is_forbidden: bool | None = None
    is_manager: bool | None = None
    create_permission: bool | None = None
    group_permission: bool | None = None
    count: int | None = None


class RolePermissionsRequestBody(msgspec.Struct, kw_only=True):
    project_id: str | None = None
    job_ids: list[str] | None = None
    project_switch: bool | None = None
    permissions: list[JobRolePermission] | None = None


class ProjectPermissionRequestBody(msgspec.Struct, kw_only=True):
    job_id: str
    project_id: str | None = None
    project_switch: bool | None = None


class PermissionsSavedResponse(ResultEnvelope, kw_only=True):
    result: None = None


class CheckJobInternalResponse(StatusEnvelope, kw_only=True):
    result: bool


_FLAGS = {
    "is_modify": Action.MODIFY,
    "is_delete": Action.DELETE,
    "is_view": Action.VIEW,
    "is_execute": Action.EXECUTE,
    "is_copy": Action.COPY,
    "is_forbidden": Action.DISABLE,
    "is_manager": Action.MANAGE,
}


def project_rights(project_id: str, allowed: Allowed) -> ShowUserProjectPermissionResult:
    """The caller's rights in a project."""
    actions, role_id = allowed.actions, allowed.role.role_id
    name = ROLE_NAMES[role_id]
    return ShowUserProjectPermissionResult(
        project_id=project_id,
        create_permission=Action.CREATE in actions,
        modify_permission=Action.MODIFY in actions,
        group_permission=Action.GROUP in actions,
        delete_permission=Action.DELETE in actions,
        view_permission=Action.VIEW in actions,
        execute_permission=Action.EXECUTE in actions,
        copy_permission=Action.COPY in actions,
        forbidden_permission=Action.DISABLE in actions,
        manager_permission=Action.MANAGE in actions,
        role_id=role_id,
        role_name=name,
        role_ids=[role_id],
        role_names=[name],
    )


def task_rights(task_id: str, allowed: Allowed, zone: ZoneInfo) -> ShowJobPermissionResult:
    """The caller's rights on one task."""
    created = allowed.task.created_at if allowed.task is not None else 0
    return ShowJobPermissionResult(
        role_id=allowed.role.role_id,
        job_id=task_id,
        create_time=spoken(created, zone),
        last_update_time=spoken(created, zone),
        **flags(allowed.actions),
    )


def line(task_id: str, row: MatrixRow, zone: ZoneInfo) -> ShowJobRolePermissionResult:
    """One role's line of a task's matrix."""
    return ShowJobRolePermissionResult(
        id=row.row_id,
        role_id=row.role_id,
        role_name=ROLE_NAMES.get(row.role_id, "task_creator"),
        job_id=task_id,
        create_time=spoken(row.created_at, zone),
        last_update_time=spoken(row.updated_at, zone),
        **flags(row.actions),
    )


def default_line(role_id: int, actions: Actions) -> ShowDefaultProjectPermissionResponseBodyResult:
    """One role's line of a project's matrix."""
    return ShowDefaultProjectPermissionResponseBodyResult(
        role_id=role_id, role_name=ROLE_NAMES[role_id], **flags(actions)
    )


def flags(actions: Actions) -> dict[str, bool]:
    """The wire's flags."""
    return {flag: action in actions for flag, action in _FLAGS.items()}


def granted(one: JobRolePermission) -> Actions:
    """A client's line as actions. The two that only projects have follow "may modify" unless they are said."""
    actions = {action for flag, action in _FLAGS.items() if getattr(one, flag)}
    for said, action in ((one.create_permission, Action.CREATE), (one.group_permission, Action.GROUP)):
        if said or (said is None and one.is_modify):
            actions.add(action)
    return frozenset(actions)
