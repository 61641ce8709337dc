"""What one record tells, through the official SDK."""

from typing import Any

import pytest
from huaweicloudsdkcodeartsbuild.v3 import (
    ListBuildParameterRequest,
    ShowBuildDetailsRequest,
    ShowBuildInfoRecordRequest,
    ShowBuildRecordBuildScriptRequest,
    ShowBuildRecordFlowGraphRequest,
    ShowFlowGraphRequest,
    ShowJobBuildRecordDetailRequest,
    ShowOutputInfoRequest,
)
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from bottega.ids import new_hex, new_uuid
from tests.build.api.test_records import built_task
from tests.build.api.test_runs import new_task, record
from tests.build.harness import Server, end_run
from tests.build.permissions.people import colleague


def test_a_build_goes_on_until_it_has_a_result(server: Server, workshop: str) -> None:
    sdk = server.sdk("alice")
    job_id = new_task(server, workshop)
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    request = ShowBuildDetailsRequest(job_id=job_id, build_no=1)
    waiting = sdk.show_build_details(request).result
    assert (waiting.building, waiting.build_result, waiting.region) == (True, None, "cn-north-4")
    end_run(server.builds.database, str(record(server, job_id, 1)["id"]), "TIMEOUT")
    ended = sdk.show_build_details(request).result
    assert (ended.building, ended.build_result) == (False, "TIMEOUT")


def test_both_generations_show_the_same_record(server: Server, workshop: str) -> None:
    job_id, found = built_task(server, workshop)
    shown = server.http.get(f"/v1/record/{job_id}/1/record-info").json()
    assert shown == {"result": found, "error": None, "status": "success"}
    request = ShowJobBuildRecordDetailRequest(job_id=job_id, build_no=1)
    result = server.sdk("alice").show_job_build_record_detail(request).result
    assert (result.build_record_id, result.status) == (found["build_record_id"], "FAILURE")


def test_one_row_of_a_window_by_its_number(server: Server, workshop: str) -> None:
    job_id, _ = built_task(server, workshop)
    request = ShowBuildInfoRecordRequest(job_id=job_id, build_no=1)
    row = server.sdk("alice").show_build_info_record(request).result
    assert (row.number, row.state, row.trigger_type, row.build_time) == (1, "FAILURE", "Manual", 5000)
    assert row.commit_info.commit_id == "c" * 40


def test_parameters_of_a_build_are_those_it_had(server: Server, workshop: str) -> None:
    job_id, _ = built_task(server, workshop)
    choice = {
        "job_id": job_id,
        "parameter": [{"name": "version", "value": "8"}, {"name": "TOKEN", "value": "t0p"}],
    }
    server.http.post("/v1/job/execute", json=choice)
    sdk = server.sdk("alice")
    for number, version in ((1, "7"), (2, "8")):
        rows = sdk.list_build_parameter(ListBuildParameterRequest(job_id=job_id, build_no=number)).result
        values = {row.name: row.value for row in rows}
        assert values == {"TOKEN": "******", "version": version, "codeBranch": "master"}


def test_a_build_without_artifacts_has_none_of_any_kind(server: Server, workshop: str) -> None:
    job_id, _ = built_task(server, workshop)
    nothing = {"package_info": None, "package_infos": None, "image_infos": None}
    request = ShowOutputInfoRequest(job_id=job_id, build_no=1)
    assert server.sdk("alice").show_output_info(request).result.to_dict() == nothing
    for path in (f"/v3/jobs/{job_id}/1/output-info", f"/v1/job/{job_id}/1/output"):
        body = server.http.get(path).json()
        assert body == {"result": nothing, "error": None, "status": "success"}


def test_a_build_that_is_no_flow_has_an_empty_graph(server: Server, workshop: str) -> None:
    _, found = built_task(server, workshop)
    record_id, sdk = found["build_record_id"], server.sdk("alice")
    request = ShowBuildRecordFlowGraphRequest(build_flow_record_id=record_id)
    graph = sdk.show_build_record_flow_graph(request)
    assert (graph.status, graph.result.edges, graph.result.vertices) == ("success", [], [])
    outdated = sdk.show_flow_graph(ShowFlowGraphRequest(build_flow_record_id=record_id))
    assert (outdated.success, outdated.result.edges, outdated.result.vertices) == (True, [], [])


PATHS = [
    "/v1/job/{job}/{number}/build-info",
    "/v1/job/{job}/{number}/history-parameters",
    "/v1/job/{job}/{number}/output",
    "/v1/record/{job}/{number}/build-info-record",
    "/v1/record/{job}/{number}/record-info",
    "/v3/jobs/{job}/{number}/output-info",
    "/v1/record/{record}/build-script",
    "/v1/record/{record}/flow-graph",
    "/v3/{record}/flow-graph",
]


@pytest.mark.parametrize("path", PATHS)
def test_who_may_not_view_a_task_sees_nothing_of_its_builds(server: Server, workshop: str, path: str) -> None:
    job_id, found = built_task(server, workshop)
    server.callers["nobody"] = colleague(
        server.builds.database, server.callers["alice"], "nobody", frozenset()
    )
    code = "CB.00031006" if path.startswith("/v3") else "DEVCB.00031006"
    asked = path.format(job=job_id, number=1, record=found["build_record_id"])
    unknown: list[dict[str, Any]] = []
    with server.caller("bob") as bob, server.caller("nobody") as nobody:
        assert nobody.get(asked).status_code == 403
        for one in (asked, path.format(job=new_hex(), number=1, record=new_uuid())):
            answer = bob.get(one)
            assert (answer.status_code, answer.json()["error_code"]) == (422, code)
            unknown.append(answer.json())
    assert server.http.get(asked).status_code == 200
    if "{number}" in path:
        assert server.http.get(path.format(job=job_id, number=2)).json()["error_code"] == code
        assert server.http.get(path.format(job=job_id, number="x")).status_code == 400


def test_a_malformed_id_is_refused_by_its_name(server: Server) -> None:
    for path in ("/v1/record/x/flow-graph", "/v3/x/flow-graph"):
        answer = server.http.get(path)
        assert answer.status_code == 400
        assert answer.json()["error_msg"].startswith("build_flow_record_id: ")


def test_the_sdk_learns_that_a_record_is_unknown(server: Server) -> None:
    with pytest.raises(ClientRequestException) as refused:
        request = ShowBuildRecordBuildScriptRequest(record_id=new_uuid())
        server.sdk("alice").show_build_record_build_script(request)
    assert (refused.value.status_code, refused.value.error_code) == (422, "DEVCB.00031006")
