"""Permissions of projects and tasks, v1."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from bottega.build.api.families import v1
from bottega.build.api.permission_models import (
    CheckJobInternalResponse,
    PermissionsSavedResponse,
    ProjectPermissionRequestBody,
    RolePermissionsRequestBody,
    ShowDefaultProjectPermissionResponse,
    ShowJobRolePermissionResponse,
    ShowProjectJobPermissionResponse,
    ShowProjectPermissionResponse,
    default_line,
    granted,
    line,
    project_rights,
    task_rights,
)
from bottega.build.permissions.service import PermissionService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@get("/v1/domain/user-permission", **op("show_project_permission", "Show the caller's rights in a project"))
def show_project_permission(
    principal: NamedDependency[Principal],
    matrices: NamedDependency[PermissionService],
    project_id: FromQuery[str],
) -> ShowProjectPermissionResponse:
    allowed = matrices.of_project(principal, project_id)
    return ShowProjectPermissionResponse(result=project_rights(project_id, allowed))


@get("/v1/job/permission", **op("show_project_job_permission", "Show the caller's rights on a build task"))
def show_project_job_permission(
    principal: NamedDependency[Principal],
    matrices: NamedDependency[PermissionService],
    project_id: FromQuery[str],
    job_id: FromQuery[str],
) -> ShowProjectJobPermissionResponse:
    allowed = matrices.of_task(principal, project_id, job_id)
    return ShowProjectJobPermissionResponse(result=task_rights(job_id, allowed, matrices.zone))


@get(
    "/v1/job/permission/role", **op("show_job_role_permission", "Show the permission matrix of a build task")
)
def show_job_role_permission(
    principal: NamedDependency[Principal],
    matrices: NamedDependency[PermissionService],
    job_id: FromQuery[str],
) -> ShowJobRolePermissionResponse:
    rows = matrices.task_matrix(principal, job_id)
    return ShowJobRolePermissionResponse(result=[line(job_id, row, matrices.zone) for row in rows])


@get(
    "/v1/job/project/default-permission",
    **op("show_default_project_permission", "Show the permission matrix of a project"),
)
def show_default_project_permission(
    principal: NamedDependency[Principal],
    matrices: NamedDependency[PermissionService],
    project_id: FromQuery[str],
    job_id: FromQuery[str] = "",
) -> ShowDefaultProjectPermissionResponse:
    valid = matrices.project_matrix(principal, project_id, job_id)
    return ShowDefaultProjectPermissionResponse(
        result=[default_line(role_id, actions) for role_id, actions in valid.items()]
    )


@post(
    "/v1/job/permissions/batch",
    **op("batch_update_job_role_permission", "Change the permission matrix of build tasks"),
)
def batch_update_job_role_permission(
    principal: NamedDependency[Principal],
    matrices: NamedDependency[PermissionService],
    data: JSONBody[RolePermissionsRequestBody],
) -> PermissionsSavedResponse:
    project_id, task_ids = data.project_id or "", data.job_ids or []
    if data.project_switch:
        matrices.follow_project(principal, project_id, task_ids, follows=True)
    else:
        lines = {one.role_id: granted(one) for one in data.permissions or []}
        matrices.replace(principal, project_id, task_ids, lines)
    return PermissionsSavedResponse()


@post(
    "/v1/job/project/permission",
    **op("apply_project_permission", "Let a build task use the permissions of its project, or its own"),
)
def apply_project_permission(
    principal: NamedDependency[Principal],
    matrices: NamedDependency[PermissionService],
    data: JSONBody[ProjectPermissionRequestBody],
) -> PermissionsSavedResponse:
    follows = data.project_switch is not False
    matrices.follow_project(principal, data.project_id or "", [data.job_id], follows=follows)
    return PermissionsSavedResponse()


@get(
    "/v1/job/permission/internal", **op("check_job_internal", "Tell whether the tenant has internal features")
)
def check_job_internal(principal: NamedDependency[Principal]) -> CheckJobInternalResponse:  # noqa: ARG001
    return CheckJobInternalResponse(result=False)


ROUTER = v1(
    [
        show_project_permission,
        show_project_job_permission,
        show_job_role_permission,
        show_default_project_permission,
        batch_update_job_role_permission,
        apply_project_permission,
        check_job_internal,
    ]
)
