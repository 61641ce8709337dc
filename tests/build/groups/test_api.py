"""The group operations through the official SDK, and what only plain HTTP can send."""

import re

import pytest
from huaweicloudsdkcodeartsbuild.v3 import (
    CreateJobGroupRequest,
    DeleteGroupRequest,
    JobGroupRequestBody,
    ListGroupTreeRequest,
    ListProjectJobsRequest,
    MoveGroupRequest,
    MoveJobGroupRequestBody,
    MoveJobGroupRequestBodyJobs,
    ShowJobConfigRequest,
    SwitchedPacketRequest,
    UpdateJobGroupRequest,
)
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from tests.build.api.test_runs import new_task
from tests.build.harness import Server, task_body
from tests.build.permissions.people import LOOKER, colleague

COMPACT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0800")


def new_group(server: Server, project_id: str, name: str, parent_id: str | None = None) -> str:
    body = {"name": name, "parent_id": parent_id, "project_id": project_id}
    answer = server.http.post(f"/v1/job/{project_id}/group/create", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"][0]["id"]


def test_groups_through_the_sdk(server: Server, workshop: str) -> None:
    sdk, user_id = server.sdk("alice"), server.callers["alice"].user_id
    body = JobGroupRequestBody(name="backend", project_id=workshop)
    outer = sdk.create_job_group(CreateJobGroupRequest(project_id=workshop, body=body))
    assert (outer.status, outer.error, len(outer.result)) == ("success", None, 1)
    first = outer.result[0]
    assert (first.name, first.path_id, first.group_id, first.ordinal) == ("backend", first.id, first.id, "1")
    assert (first.create_user, first.update_user, first.update_time) == (user_id, None, None)
    assert (first.domain_id, first.parent_id) == (server.callers["alice"].tenant_id, None)
    assert COMPACT.fullmatch(first.create_time)
    inside = JobGroupRequestBody(name="java", project_id=workshop, parent_id=first.id)
    inner = sdk.create_job_group(CreateJobGroupRequest(project_id=workshop, body=inside)).result[0]
    assert (inner.parent_id, inner.path_id) == (first.id, f"{first.id}.{inner.id}")
    beside = new_group(server, workshop, "frontend")
    renamed = JobGroupRequestBody(id=inner.id, name="jvm")
    changed = sdk.update_job_group(UpdateJobGroupRequest(project_id=workshop, body=renamed)).result[0]
    assert (changed.name, changed.parent_id, changed.update_user) == ("jvm", first.id, user_id)
    request = SwitchedPacketRequest(project_id=workshop, source_group_id=first.id, target_group_id=beside)
    assert (sdk.switched_packet(request).status, sdk.switched_packet(request).result) == ("success", None)
    sdk.switched_packet(request)
    tree = sdk.list_group_tree(ListGroupTreeRequest(project_id=workshop)).result
    assert [(node.name, node.ordinal) for node in tree] == [("frontend", 1), ("backend", 2)]
    assert [node.name for node in tree[1].children] == ["jvm"]
    assert (tree[0].children, tree[1].children[0].path_id) == (None, f"{first.id}.{inner.id}")
    gone = sdk.delete_group(DeleteGroupRequest(project_id=workshop, id=inner.id))
    assert (gone.status, gone.result) == ("success", None)
    tree = sdk.list_group_tree(ListGroupTreeRequest(project_id=workshop)).result
    assert [node.children for node in tree] == [None, None]


def test_tasks_are_moved_through_the_sdk(server: Server, workshop: str) -> None:
    sdk = server.sdk("alice")
    outer = new_group(server, workshop, "outer")
    inner = new_group(server, workshop, "inner", outer)
    job_id = new_task(server, workshop, "task", group_id=outer)
    jobs = [MoveJobGroupRequestBodyJobs(job_id=job_id, job_name="task")]
    body = MoveJobGroupRequestBody(group_id=inner, jobs=jobs)
    moved = sdk.move_group(MoveGroupRequest(project_id=workshop, body=body)).result
    assert [(one.job_id, one.group_path_id) for one in moved] == [(job_id, f"{outer}.{inner}")]
    assert sdk.show_job_config(ShowJobConfigRequest(job_id=job_id)).result.group_id == inner
    for path, expected in ((outer, 1), (f"{outer}.{inner}", 1), ("0" * 32, 0)):
        listed = sdk.list_project_jobs(
            ListProjectJobsRequest(
                project_id=workshop, page_index=0, page_size=10, by_group=True, group_path_id=path
            )
        )
        assert (len(listed.jobs), listed.total) == (expected, expected)
    sdk.delete_group(DeleteGroupRequest(project_id=workshop, id=inner))
    assert sdk.show_job_config(ShowJobConfigRequest(job_id=job_id)).result.group_id is None


def test_config_shows_the_group_of_now(server: Server, workshop: str) -> None:
    group_id = new_group(server, workshop, "group")
    job_id = new_task(server, workshop, "task", group_id="")
    config = f"/v1/job/{job_id}/config"
    assert server.http.get(config).json()["result"]["group_id"] == ""
    body = {"group_id": group_id, "jobs": [{"job_id": job_id}]}
    assert server.http.post(f"/v1/job/{workshop}/group/move", json=body).status_code == 200
    assert server.http.get(config).json()["result"]["group_id"] == group_id
    update = {**task_body(workshop, "task"), "job_id": job_id}
    assert server.http.post("/v1/job/update", json=update).status_code == 200
    assert server.http.get(config).json()["result"]["group_id"] is None
    assert server.http.post("/v3/jobs/update", json={**update, "group_id": group_id}).status_code == 200
    assert server.http.get(f"/v3/jobs/{job_id}/query").json()["result"]["group_id"] == group_id


@pytest.mark.parametrize(
    ("parent", "placed"), [({}, "outer"), ({"parent_id": None}, None), ({"parent_id": ""}, None)]
)
def test_an_update_moves_a_group_only_when_it_speaks_of_its_parent(
    server: Server, workshop: str, parent: dict[str, str | None], placed: str | None
) -> None:
    outer = new_group(server, workshop, "outer")
    inner = new_group(server, workshop, "inner", outer)
    body = {"group_id": inner, "name": "renamed", **parent}
    answer = server.http.put(f"/v1/job/{workshop}/group/update", json=body).json()["result"][0]
    assert (answer["name"], answer["parent_id"]) == ("renamed", outer if placed else None)


def test_groups_are_refused_with_the_codes_of_the_family(server: Server, workshop: str) -> None:
    group_id = new_group(server, workshop, "outer")
    new_group(server, workshop, "inner", group_id)
    base = f"/v1/job/{workshop}/group"
    invalid, missing = (400, "CB.00060200"), (422, "DEVCB.00031006")
    cases = [
        ("POST", f"{base}/create", {}, invalid, "name"),
        ("POST", f"{base}/create", {"name": "outer"}, invalid, "name"),
        ("POST", f"{base}/create", {"name": "x", "parent_id": "0" * 32}, invalid, "parent_id"),
        ("POST", f"{base}/create", {"name": "x", "project_id": "0" * 32}, invalid, "project_id"),
        ("POST", f"{base}/create", {"name": "x", "group_id": "G"}, invalid, "group_id"),
        ("POST", f"{base}/create", {"name": 7}, invalid, "name"),
        ("PUT", f"{base}/update", {"name": "x"}, invalid, "id"),
        ("PUT", f"{base}/update", {"id": "0" * 32, "name": "x"}, missing, "group"),
        ("PUT", f"{base}/update", {"id": group_id, "parent_id": group_id}, invalid, "parent_id"),
        ("DELETE", f"{base}/delete", None, invalid, "id"),
        ("DELETE", f"{base}/delete?id=x", None, invalid, "id"),
        ("DELETE", f"{base}/delete?id={'0' * 32}", None, missing, "group"),
        ("DELETE", f"{base}/delete?id={group_id}", None, invalid, "id"),
        (
            "POST",
            f"{base}/swap?source_group_id={group_id}&target_group_id=x",
            None,
            invalid,
            "target_group_id",
        ),
        ("POST", f"{base}/move", {"group_id": group_id, "jobs": []}, invalid, "jobs"),
        ("POST", f"{base}/move", {"group_id": group_id}, invalid, "jobs"),
        ("POST", f"{base}/move", {"jobs": [{"job_id": "0" * 32}]}, missing, "build task"),
        ("POST", f"{base}/move", {"jobs": [{"job_id": "x"}]}, (400, "DEV.CB.032011"), "job_id"),
        ("GET", "/v1/job/nothing/group/tree", None, invalid, "project_id"),
        ("GET", f"/v1/job/{'0' * 32}/group/tree", None, missing, "project"),
    ]
    for method, path, body, expected, word in cases:
        answer = server.http.request(method, path, json=body)
        told = answer.json()
        assert (answer.status_code, told["error_code"]) == expected, (path, body, told)
        assert word in told["error_msg"], told
    tree = server.http.get(f"{base}/tree").json()["result"]
    assert [(node["name"], node["update_time"], len(node["children"])) for node in tree] == [
        ("outer", None, 1)
    ]


def test_a_viewer_gets_403_and_another_tenant_422(server: Server, workshop: str) -> None:
    server.callers["viewer"] = colleague(server.builds.database, server.callers["alice"], "viewer", LOOKER)
    for who, status, code in (("viewer", 403, "CB.00060403"), ("bob", 422, "DEVCB.00031006")):
        with pytest.raises(ClientRequestException) as refused:
            server.sdk(who).create_job_group(
                CreateJobGroupRequest(project_id=workshop, body=JobGroupRequestBody(name="x"))
            )
        assert (refused.value.status_code, refused.value.error_code) == (status, code)
