"""What the API tells of build flows."""

from collections.abc import Callable
from typing import Any

from huaweicloudsdkcodeartsbuild.v3 import (
    ShowBuildRecordFlowGraphRequest,
    ShowBuildRecordFullStagesRequest,
    ShowFlowGraphRequest,
    ShowHistoryDetailsRequest,
    ShowRecordDetailRequest,
)

from tests.build.flows.conftest import flow_file
from tests.build.harness import Server, end_run, task_body
from tests.build.planning.conftest import FILE, MINIMAL
from tests.support.repositories import Repository

STAGE: dict[str, Any] = {
    "key": "stage1",
    "name": "Code checkout",
    "state": "success",
    "started_at": 1,
    "finished_at": 2,
    "exit_code": 0,
    "reason": "",
    "log_start": 0,
    "log_end": 0,
    "hidden": False,
}


def started(server: Server, project_id: str, repository: Repository) -> tuple[str, str]:
    """Ids of a task and of the record of its flow, whose lazy job B waits for A."""
    graph = {"A": [], "B": ["A"]}
    repository.commit("flow", **{FILE: flow_file(graph, "lazy"), "ci/one.yml": MINIMAL})
    body = task_body(
        project_id,
        f"flow-{project_id}",
        build_config_type="YAML",
        scms=[{"url": repository.url, "scm_type": "codehub", "branch": "master"}],
    )
    task_id = server.http.post("/v1/job/create", json=body).json()["result"]["job_id"]
    server.http.post("/v1/job/execute", json={"job_id": task_id})
    server.services.planner.scan()
    server.services.planner.wait()
    record = server.http.get(f"/v1/record/{task_id}/1/record-info").json()["result"]
    return task_id, record["build_record_id"]


def test_the_graph_and_the_stages_of_a_flow(
    server: Server, workshop: str, make_repository: Callable[[], Repository]
) -> None:
    task_id, record_id = started(server, workshop, make_repository())
    sdk = server.sdk("alice")
    asked = ShowBuildRecordFlowGraphRequest(build_flow_record_id=record_id)
    graph = sdk.show_build_record_flow_graph(asked).result
    by_name = {vertex.display_name: vertex for vertex in graph.vertices}
    assert [(edge._from, edge.to) for edge in graph.edges] == [(by_name["B"].id, by_name["A"].id)]
    assert {vertex.status for vertex in graph.vertices} == {"QUEUED"}
    assert {vertex.build_no for vertex in graph.vertices} == {"1"}
    outdated = sdk.show_flow_graph(ShowFlowGraphRequest(build_flow_record_id=record_id)).result
    assert outdated.to_dict() == graph.to_dict()

    end_run(server.services.database, by_name["A"].id, "FAILURE", stages=[STAGE])
    server.services.flows.scan()
    graph = sdk.show_build_record_flow_graph(asked).result
    assert [vertex.status for vertex in graph.vertices] == ["FAILURE", "SKIPPED"]
    assert graph.vertices[0].build_duration == 5000
    record = sdk.show_record_detail(ShowRecordDetailRequest(job_id=task_id, build_no=1)).result
    assert (record.status, record.parent_record_id) == ("FAILURE", None)
    assert record.err_msg == "job A ended as FAILURE; 1 job was skipped"
    stages = sdk.show_build_record_full_stages(
        ShowBuildRecordFullStagesRequest(record_id=record_id, cascade=True)
    ).result.build_stages
    assert [(key, one.display_name, one.status) for key, one in stages.items()] == [
        ("stage1", "A", "FAILURE"),
        ("stage2", "B", "SKIPPED"),
    ]
    assert stages["stage1"].build_record_id == by_name["A"].id
    plain = server.http.get(f"/v1/record/{record_id}/full-stages?cascade=true").json()["result"]
    assert [step["name"] for step in plain["build_stages"]["stage1"]["steps"]] == ["Code checkout"]
    details = sdk.show_history_details(ShowHistoryDetailsRequest(job_id=task_id, build_number=1))
    assert [(step.name, step.status) for step in details.build_steps] == [("A", "error"), ("B", "")]
    sdk.get_http_client().close()


def test_a_job_is_a_record_of_its_own_and_in_no_list(
    server: Server, workshop: str, make_repository: Callable[[], Repository]
) -> None:
    task_id, record_id = started(server, workshop, make_repository())
    graph = server.http.get(f"/v1/record/{record_id}/flow-graph").json()["result"]
    job_id, later = (vertex["id"] for vertex in graph["vertices"])
    info = server.http.get(f"/v1/record/{job_id}/info").json()["result"]
    assert (info["display_name"], info["build_no"], info["status"]) == ("A", "1", "QUEUED")
    script = server.http.get(f"/v1/record/{job_id}/build-script").json()["result"]
    assert f'jobId: "{task_id}"' in script and "external_post_shell" in script
    assert server.http.get(f"/v1/record/{later}/info").status_code == 422
    for path in (f"/v1/record/{job_id}/info", f"/v1/record/{record_id}/flow-graph"):
        with server.caller("bob") as bob:
            assert bob.get(path).status_code == 422
    build_project = server.http.get(f"/v1/record/{task_id}/1/record-info").json()["result"][
        "build_project_id"
    ]
    listed = server.http.get(f"/v1/record/{build_project}/records").json()["result"]
    assert [one["id"] for one in listed["data"]] == [record_id]
    assert (
        server.http.get(f"/v1/job/{task_id}/running-status").json()["result"]["last_build_status"]
        == "Running"
    )
    assert server.http.post(f"/v1/job/{task_id}/stop", json={"build_no": "1"}).status_code == 200
    server.services.flows.scan()
    info = server.http.get(f"/v1/record/{job_id}/info").json()["result"]
    assert info["status"] == "ABORTED"
    details = server.http.get(f"/v1/record/{task_id}/1/record-info").json()["result"]
    assert (details["status"], details["err_msg"]) == ("ABORTED", "stopped by admin")


def test_one_job_of_a_flow_is_stopped_by_its_id(
    server: Server, workshop: str, make_repository: Callable[[], Repository]
) -> None:
    _, record_id = started(server, workshop, make_repository())
    shown = f"/v1/record/{record_id}/flow-graph"
    _, later = (vertex["id"] for vertex in server.http.get(shown).json()["result"]["vertices"])
    answer = server.http.post(f"/v1/record/{later}/stop")
    assert (answer.status_code, answer.json()["status"]) == (200, "success")
    again = server.http.post(f"/v1/record/{later}/stop")
    assert (again.status_code, again.json()["error"]["code"]) == (400, "DEV.CB.032302")
    server.services.flows.scan()
    graph = server.http.get(shown).json()["result"]
    assert [vertex["status"] for vertex in graph["vertices"]] == ["QUEUED", "SKIPPED"]


def test_a_build_is_run_again(server: Server, workshop: str) -> None:
    task_id = server.http.post("/v1/job/create", json=task_body(workshop, "again")).json()["result"]["job_id"]
    server.http.post("/v1/job/execute", json={"job_id": task_id})
    path = f"/v1/job/{task_id}/1/rerun"
    waiting = server.http.post(path)
    assert (waiting.status_code, "has not ended" in waiting.text) == (400, True)
    first = server.http.get(f"/v1/record/{task_id}/1/record-info").json()["result"]
    end_run(server.services.database, first["build_record_id"], "FAILURE")
    again = server.http.post(path).json()
    assert (again["status"], again["actual_build_number"]) == ("success", "2")
    assert server.http.post(path, json={"failed_only": True}).json()["actual_build_number"] == "3"
    assert server.http.post(path, json={"failed_only": "maybe"}).status_code == 400
    listed = server.http.get(f"/v1/record/{first['build_project_id']}/records").json()["result"]["data"]
    assert [one["build_record_type"]["is_rerun"] for one in listed] == [True, True, False]
    with server.caller("bob") as bob:
        assert bob.post(path).status_code == 422
