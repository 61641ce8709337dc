"""Names, states, stars, clones and revisions of tasks, through the official SDK."""

from typing import Any

import pytest
from huaweicloudsdkcodeartsbuild.v3 import (
    AddFavouriteTaskRequest,
    CheckJobCountIsTopLimitRequest,
    CheckJobNameIsExistsRequest,
    DisableBuildJobRequest,
    DisableTheJobRequest,
    DisableTheJobRequestBody,
    EnableBuildJobRequest,
    ListEndPointsRequest,
    ListJobRequest,
    ListUpdateJobHistoryRequest,
    RemoverFavouriteTaskRequest,
    ShowCopyNameRequest,
    ShowDisableRequest,
    ShowJobConfigDiffRequest,
    ShowJobInfoRequest,
    ShowJobPipelineInfoRequest,
)
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from bottega.build.compile import RunChoices
from bottega.build.permissions.service import PermissionService
from bottega.projects.roles import DEVELOPER
from tests.build.harness import Server, parameter, task_body
from tests.build.permissions.people import LOOKER, WORKER, colleague


def new_task(server: Server, project_id: str, name: str = "task", **more: Any) -> str:
    answer = server.http.post("/v1/job/create", json=task_body(project_id, name, **more))
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]["job_id"]


def test_a_name_is_taken_free_or_suggested(server: Server, workshop: str) -> None:
    sdk = server.sdk("alice")
    job_id = new_task(server, workshop, "soso")
    asked = CheckJobNameIsExistsRequest(project_id=workshop, job_name="soso")
    assert sdk.check_job_name_is_exists(asked).result is True
    asked = CheckJobNameIsExistsRequest(project_id=workshop, job_name="other")
    assert sdk.check_job_name_is_exists(asked).result is False
    assert sdk.check_job_count_is_top_limit(CheckJobCountIsTopLimitRequest()).result is True
    assert sdk.show_copy_name(ShowCopyNameRequest(job_id=job_id)).result == "soso-copy-1"
    copied = new_task(server, workshop, "soso-copy-1")
    assert sdk.show_copy_name(ShowCopyNameRequest(job_id=job_id)).result == "soso-copy-2"
    assert sdk.show_copy_name(ShowCopyNameRequest(job_id=copied)).result == "soso-copy-2"


def test_a_suggested_name_is_never_too_long(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop, "n" * 115)
    name = server.sdk("alice").show_copy_name(ShowCopyNameRequest(job_id=job_id)).result
    assert len(name) == 115
    new_task(server, workshop, name)


def test_a_clone_takes_hidden_defaults_and_permissions_over(server: Server, workshop: str) -> None:
    secret = parameter("TOKEN", "very secret", sensitiveVar="true")
    source = new_task(server, workshop, "source", parameters=[secret])
    services = server.services
    permissions = PermissionService(services.database, services.builds.zone)
    permissions.replace(server.callers["alice"], workshop, [source], {DEVELOPER: frozenset()})
    config = server.http.get(f"/v1/job/{source}/config").json()["result"]
    body = task_body(workshop, "clone", copy_job_id=source, parameters=config["parameters"])
    clone = server.http.post("/v1/job/copy", json=body).json()["result"]["job_id"]
    worker = colleague(services.database, server.callers["alice"], "worker", WORKER)
    server.callers["worker"] = worker
    client = server.caller("worker")
    assert client.get(f"/v1/job/{clone}/config").status_code == 403
    client.close()
    run = services.builds.execute(server.callers["alice"], clone, RunChoices())
    assert run.sealed_secrets is not None
    shown = server.http.get(f"/v1/job/{clone}/config").text
    assert "very secret" not in shown


def test_a_disabled_task_says_who_and_why_and_cannot_be_run(server: Server, workshop: str) -> None:
    sdk = server.sdk("alice")
    job_id = new_task(server, workshop)
    assert sdk.show_disable(ShowDisableRequest(job_id=job_id)).result is None
    body = DisableTheJobRequestBody(disabled=True, reason="in repair")
    assert sdk.disable_the_job(DisableTheJobRequest(job_id=job_id, body=body)).status == "success"
    shown = sdk.show_disable(ShowDisableRequest(job_id=job_id)).result
    assert (shown.reson, shown.disabled, shown.forbiddener) == ("in repair", 1, "admin【admin】")
    assert server.http.post("/v1/job/execute", json={"job_id": job_id}).status_code == 400
    body = DisableTheJobRequestBody(disabled=False)
    sdk.disable_the_job(DisableTheJobRequest(job_id=job_id, body=body))
    assert server.http.post("/v1/job/execute", json={"job_id": job_id}).status_code == 200
    assert sdk.disable_build_job(DisableBuildJobRequest(job_id=job_id)).status == "success"
    assert sdk.show_job_info(ShowJobInfoRequest(job_id=job_id)).result.disabled is True
    assert sdk.enable_build_job(EnableBuildJobRequest(job_id=job_id)).status == "success"
    assert sdk.show_job_info(ShowJobInfoRequest(job_id=job_id)).result.disabled is False


def test_stars_are_the_callers_own_and_come_first(server: Server, workshop: str) -> None:
    first, second, third = (new_task(server, workshop, name) for name in ("first", "second", "third"))
    server.callers["other"] = colleague(server.builds.database, server.callers["alice"], "other", LOOKER)
    sdk, other = server.sdk("alice"), server.sdk("other")
    assert sdk.add_favourite_task(AddFavouriteTaskRequest(job_id=first)).result.favorite is True
    assert sdk.add_favourite_task(AddFavouriteTaskRequest(job_id=first)).result.favorite is True
    rows = sdk.list_job(ListJobRequest()).result.job_list
    assert [(row.id, row.favorite) for row in rows] == [(first, True), (third, False), (second, False)]
    rows = sdk.list_job(ListJobRequest(sort_field="job_name", sort_order="DESC")).result.job_list
    assert [row.id for row in rows] == [third, second, first]
    assert [row.favorite for row in other.list_job(ListJobRequest()).result.job_list] == [False] * 3
    assert sdk.show_job_info(ShowJobInfoRequest(job_id=first)).result.favorite is True
    assert other.show_job_info(ShowJobInfoRequest(job_id=first)).result.favorite is False
    assert sdk.remover_favourite_task(RemoverFavouriteTaskRequest(job_id=first)).result.favorite is False
    assert sdk.list_job(ListJobRequest()).result.job_list[0].id == third


def test_each_save_is_a_revision_and_two_can_be_compared(server: Server, workshop: str) -> None:
    sdk = server.sdk("alice")
    secret = parameter("TOKEN", "very secret", sensitiveVar="true")
    job_id = new_task(server, workshop, "task", parameters=[secret])
    for flavor in ("4u8g", "8u16g"):
        body = task_body(workshop, "task", job_id=job_id, flavor=flavor, parameters=[secret])
        assert server.http.post("/v1/job/update", json=body).status_code == 200
    history = sdk.list_update_job_history(
        ListUpdateJobHistoryRequest(job_id=job_id, page_no=1, page_size=2)
    ).result
    assert history.total == 3
    assert [row.update_number for row in history.job_update_records] == [3, 2]
    assert {row.update_type for row in history.job_update_records} == {"UPDATE"}
    request = ShowJobConfigDiffRequest(job_id=job_id, revisedl_no="3", original_no="2")
    difference = sdk.show_job_config_diff(request).result
    assert '-  "flavor": "4u8g",' in difference
    assert '+  "flavor": "8u16g",' in difference
    whole = sdk.show_job_config_diff(
        ShowJobConfigDiffRequest(job_id=job_id, revisedl_no="3", original_no="1")
    )
    assert "very secret" not in whole.result
    same = ShowJobConfigDiffRequest(job_id=job_id, revisedl_no="2", original_no="2")
    assert sdk.show_job_config_diff(same).result is None
    with pytest.raises(ClientRequestException) as refused:
        sdk.show_job_config_diff(ShowJobConfigDiffRequest(job_id=job_id, revisedl_no="9", original_no="1"))
    assert refused.value.status_code == 422


def test_a_pipeline_learns_what_it_can_set(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop, parameters=[parameter("flag", "1")])
    info = (
        server.sdk("alice")
        .show_job_pipeline_info(ShowJobPipelineInfoRequest(job_id=job_id, all="true"))
        .result
    )
    assert (info.job_name, info.source_code) == ("task", "codeci")
    assert [pair.value for pair in info.parameters[0].params if pair.name == "name"] == ["flag"]


def test_no_private_repositories_are_kept(server: Server, workshop: str) -> None:
    request = ListEndPointsRequest(project_id=workshop, limit=10, offset=0)
    result = server.sdk("alice").list_end_points(request).result
    assert (result.total, result.endpoints) == (0, [])
    assert server.http.get(f"/v1/job/{workshop}/nexus", params={"limit": 101}).status_code == 400


def test_who_may_only_look_changes_nothing(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    server.callers["looker"] = colleague(server.builds.database, server.callers["alice"], "looker", LOOKER)
    client, bob = server.caller("looker"), server.caller("bob")
    body = task_body(workshop, "clone", copy_job_id=job_id)
    for path, document in (
        ("/v1/job/copy", body),
        (f"/v1/job/{job_id}/disable", {"disabled": True}),
        (f"/v3/jobs/{job_id}/disable", {}),
        (f"/v3/jobs/{job_id}/recover", {}),
    ):
        assert client.post(path, json=document).status_code == 403, path
        assert bob.post(path, json=document).status_code == 422, path
    for path in (
        f"/v1/job/{job_id}/history",
        f"/v1/job/{job_id}/check/disable",
        f"/v1/job/{job_id}/copy-name",
    ):
        assert client.get(path).status_code == 200, path
        assert bob.get(path).status_code == 422, path
    client.close()
    bob.close()
