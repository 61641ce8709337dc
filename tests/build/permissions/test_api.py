"""The permission operations through the official SDK."""

from typing import Any

import pytest
from huaweicloudsdkcodeartsbuild.v3 import (
    ApplyProjectPermissionRequest,
    BatchUpdateJobRolePermissionRequest,
    CheckJobInternalRequest,
    JobRolePermission,
    ProjectPermissionRequestBody,
    RolePermissionsRequestBody,
    ShowDefaultProjectPermissionRequest,
    ShowJobRolePermissionRequest,
    ShowProjectJobPermissionRequest,
    ShowProjectPermissionRequest,
)
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from bottega.projects.roles import DEVELOPER, PROJECT_ADMINISTRATOR, TASK_CREATOR, VIEWER
from tests.build.harness import Server, task_body
from tests.build.permissions.people import WORKER, colleague


@pytest.fixture
def task(server: Server, workshop: str) -> str:
    answer = server.http.post("/v1/job/create", json=task_body(workshop))
    return answer.json()["result"]["job_id"]


@pytest.fixture
def worker(server: Server) -> Any:
    """A developer of alice's tenant, through the SDK."""
    server.callers["worker"] = colleague(server.builds.database, server.callers["alice"], "worker", WORKER)
    return server.sdk("worker")


def test_the_caller_sees_their_rights_in_a_project(server: Server, workshop: str, worker: Any) -> None:
    mine = worker.show_project_permission(ShowProjectPermissionRequest(project_id=workshop)).result
    assert (mine.project_id, mine.role_id, mine.role_name) == (workshop, str(DEVELOPER), "developer")
    assert (mine.create_permission, mine.manager_permission) == (True, False)
    wire = server.http.get("/v1/domain/user-permission", params={"project_id": workshop}).json()["result"]
    assert (wire["role_id"], wire["role_ids"]) == (PROJECT_ADMINISTRATOR, [PROJECT_ADMINISTRATOR])
    assert all(value for key, value in wire.items() if key.endswith("_permission"))


def test_the_caller_sees_their_rights_on_a_task(workshop: str, task: str, worker: Any) -> None:
    request = ShowProjectJobPermissionRequest(project_id=workshop, job_id=task)
    mine = worker.show_project_job_permission(request).result
    assert (mine.job_id, mine.role_id, mine.is_execute, mine.is_manager) == (task, DEVELOPER, True, False)


def test_the_matrix_of_a_task_has_a_line_for_every_role(server: Server, task: str) -> None:
    lines = server.sdk("alice").show_job_role_permission(ShowJobRolePermissionRequest(job_id=task)).result
    roles = [line.role_id for line in lines]
    assert roles[:2] == [TASK_CREATOR, PROJECT_ADMINISTRATOR]
    assert len(roles) == len(set(roles)) == 12
    viewer = next(line for line in lines if line.role_id == VIEWER)
    assert (viewer.is_view, viewer.is_modify, viewer.role_name) == (True, False, "viewer")
    assert viewer.create_time.endswith(("AM", "PM"))


def test_a_line_is_changed_and_given_back_to_the_project(
    server: Server, workshop: str, task: str, worker: Any
) -> None:
    manager = server.sdk("alice")
    line = JobRolePermission(role_id=DEVELOPER, is_view=True, is_execute=False, is_modify=False)
    body = RolePermissionsRequestBody(
        project_id=workshop, job_ids=[task], project_switch=False, permissions=[line]
    )
    changed = manager.batch_update_job_role_permission(BatchUpdateJobRolePermissionRequest(body=body))
    assert (changed.status, changed.result) == ("success", None)
    request = ShowProjectJobPermissionRequest(project_id=workshop, job_id=task)
    mine = worker.show_project_job_permission(request).result
    assert (mine.is_view, mine.is_execute) == (True, False)
    following = ProjectPermissionRequestBody(job_id=task, project_id=workshop, project_switch=True)
    applied = manager.apply_project_permission(ApplyProjectPermissionRequest(body=following))
    assert applied.status == "success"
    assert worker.show_project_job_permission(request).result.is_execute is True


def test_the_lines_of_creator_and_administrator_are_locked(server: Server, workshop: str, task: str) -> None:
    lines = [{"role_id": role, "is_view": False} for role in (TASK_CREATOR, PROJECT_ADMINISTRATOR)]
    body = {"project_id": workshop, "job_ids": [task], "project_switch": False, "permissions": lines}
    assert server.http.post("/v1/job/permissions/batch", json=body).status_code == 200
    shown = server.http.get("/v1/job/permission/role", params={"job_id": task}).json()["result"]
    assert [line["is_manager"] for line in shown[:2]] == [True, True]


def test_without_tasks_the_matrix_of_the_project_is_meant(server: Server, workshop: str, worker: Any) -> None:
    body = {"project_id": workshop, "job_ids": [], "permissions": [{"role_id": DEVELOPER, "is_view": True}]}
    assert server.http.post("/v1/job/permissions/batch", json=body).status_code == 200
    request = ShowDefaultProjectPermissionRequest(project_id=workshop, job_id="")
    lines = {line.role_id: line for line in worker.show_default_project_permission(request).result}
    assert (lines[DEVELOPER].is_view, lines[DEVELOPER].is_execute) == (True, False)


def test_who_may_not_manage_is_refused_and_changes_nothing(
    server: Server, workshop: str, task: str, worker: Any
) -> None:
    line = JobRolePermission(role_id=VIEWER, is_modify=True)
    body = RolePermissionsRequestBody(project_id=workshop, job_ids=[task], permissions=[line])
    with pytest.raises(ClientRequestException) as refused:
        worker.batch_update_job_role_permission(BatchUpdateJobRolePermissionRequest(body=body))
    assert (refused.value.status_code, refused.value.error_code) == (403, "CB.00060403")
    shown = server.http.get("/v1/job/permission/role", params={"job_id": task}).json()["result"]
    assert next(line for line in shown if line["role_id"] == VIEWER)["is_modify"] is False


@pytest.mark.parametrize(
    ("role_id", "tasks"),
    [(77, None), (DEVELOPER, ["no-id"]), (DEVELOPER, ["0" * 32]), (DEVELOPER, ["0" * 32] * 101)],
)
def test_unknown_roles_and_tasks_are_refused(
    server: Server, workshop: str, task: str, role_id: int, tasks: list[str] | None
) -> None:
    body = {
        "project_id": workshop,
        "job_ids": [task] if tasks is None else tasks,
        "permissions": [{"role_id": role_id, "is_view": True}],
    }
    answer = server.http.post("/v1/job/permissions/batch", json=body)
    assert answer.status_code in {400, 422}
    assert answer.json()["error_code"]


def test_another_tenant_sees_and_changes_nothing(server: Server, workshop: str, task: str) -> None:
    bob = server.caller("bob")
    for path, query in (
        ("/v1/domain/user-permission", {"project_id": workshop}),
        ("/v1/job/permission", {"project_id": workshop, "job_id": task}),
        ("/v1/job/permission/role", {"job_id": task}),
        ("/v1/job/project/default-permission", {"project_id": workshop, "job_id": task}),
    ):
        assert bob.get(path, params=query).status_code == 422, path
    body = {"project_id": workshop, "job_ids": [task], "project_switch": True}
    assert bob.post("/v1/job/permissions/batch", json=body).status_code == 422
    bob.close()


def test_no_tenant_has_internal_features(server: Server) -> None:
    assert server.sdk("alice").check_job_internal(CheckJobInternalRequest()).result is False
