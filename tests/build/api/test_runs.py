from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from huaweicloudsdkcodeartsbuild.v3 import (
    ExecuteJobRequest,
    ParameterItem,
    RunJobRequest,
    RunJobRequestBody,
    Scm,
    ShowJobStatusRequest,
    ShowJobStepStatusRequest,
    ShowRunningStatusRequest,
    StopBuildJobRequest,
    StopJobRequest,
    StopJobRequestBody,
    StopTheJobRequest,
)
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from tests.build.harness import Server, end_run, parameter, task_body


def new_task(server: Server, project_id: str, name: str = "task", **more: object) -> str:
    answer = server.http.post("/v1/job/create", json=task_body(project_id, name, **more))
    return answer.json()["result"]["job_id"]


def record(server: Server, job_id: str, number: int | str) -> dict[str, object]:
    return server.http.get(f"/v4/jobs/{job_id}/{number}/record-info").json()["result"]


def test_the_sdk_runs_a_task_and_reads_its_states(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop, parameters=[parameter("version", "1")])
    sdk = server.sdk("alice")
    status = sdk.show_running_status(ShowRunningStatusRequest(job_id=job_id)).result
    assert (status.last_build_no, status.last_build_status, status.is_running) == (None, None, False)
    body = RunJobRequestBody(
        job_id=job_id, parameter=[ParameterItem(name="version", value="2")], scm=Scm(build_tag=None)
    )
    started = sdk.execute_job(ExecuteJobRequest(body=body))
    today = datetime.now(ZoneInfo("Asia/Shanghai")).strftime("%Y%m%d")
    assert (started.actual_build_number, started.daily_build_number) == ("1", f"{today}.1")
    assert started.octopus_job_name.startswith("j_")
    status = sdk.show_running_status(ShowRunningStatusRequest(job_id=job_id)).result
    assert (status.last_build_no, status.last_build_status, status.is_running) == ("1", "InQueue", True)
    assert sdk.show_job_status(ShowJobStatusRequest(job_id=job_id)).result is True
    step = sdk.show_job_step_status(ShowJobStepStatusRequest(job_id=job_id, build_no=1)).result
    assert (step.status, step.abort_status, step.label) == ("pending", "", "default-x86-2u8g")
    assert sdk.run_job(RunJobRequest(body=RunJobRequestBody(job_id=job_id))).actual_build_number == "2"


def test_an_execution_answers_flat_and_wrapped(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    for path in ("/v1/job/execute", "/v3/jobs/build"):
        body = server.http.post(path, json={"job_id": job_id, "parameter": None, "scm": None}).json()
        assert body["status"] == "success"
        assert isinstance(body["result"]["actual_build_number"], str)
        assert body["result"] == {key: body[key] for key in body["result"]}


def test_all_ways_to_stop_a_build_are_taken(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    sdk = server.sdk("alice")
    for _ in range(8):
        server.http.post("/v1/job/execute", json={"job_id": job_id})
    assert sdk.stop_the_job(StopTheJobRequest(job_id=job_id, build_no=1)).status == "success"
    stop = f"/v1/job/{job_id}/stop"
    assert server.http.post(stop, json={"build_no": "2"}).json() == {"status": "success"}
    assert server.http.post(stop, json={"build_no": 3}).json() == {"status": "success"}
    request = StopJobRequest(body=StopJobRequestBody(job_id=job_id, build_no="4"))
    assert sdk.stop_job(request).result is True
    by_path = sdk.stop_build_job(StopBuildJobRequest(job_id=job_id, build_no=5))
    assert (by_path.success, by_path.result) == (True, "")
    assert server.http.post(stop).json() == {"status": "success"}
    assert record(server, job_id, 8)["status"] == "ABORTED"
    assert [record(server, job_id, number)["status"] for number in range(1, 8)] == ["ABORTED"] * 5 + [
        "QUEUED"
    ] * 2
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    assert server.http.post(stop, json={}).status_code == 200
    assert record(server, job_id, 9)["err_msg"] == "stopped by admin"


def test_stopping_a_finished_build_answers_both_error_shapes(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    end_run(server.builds.database, str(record(server, job_id, 1)["id"]), "SUCCESS")
    for answer in (
        server.http.post(f"/v1/job/{job_id}/stop", json={"build_no": "1"}),
        server.http.post("/v3/jobs/stop", json={"job_id": job_id, "build_no": "1"}),
        server.http.post(f"/v3/jobs/{job_id}/1/stop"),
    ):
        body = answer.json()
        assert answer.status_code == 400
        assert body["error_code"] == body["error"]["code"] == "DEV.CB.032302"
        assert body["error"]["reason"] == body["error_msg"]
        assert body["status"] == "error"
    with pytest.raises(ClientRequestException) as refused:
        server.sdk("alice").stop_the_job(StopTheJobRequest(job_id=job_id, build_no=1))
    assert refused.value.error_code == "DEV.CB.032302"


@pytest.mark.parametrize("number", ["0", "-1", "x", "2147483648", "1.5"])
def test_a_number_that_cannot_be_one_is_refused(server: Server, workshop: str, number: str) -> None:
    job_id = new_task(server, workshop)
    for answer in (
        server.http.post(f"/v1/job/{job_id}/stop", params={"build_no": number}),
        server.http.post(f"/v1/job/{job_id}/stop", json={"build_no": number}),
        server.http.post(f"/v3/jobs/{job_id}/{number}/stop"),
        server.http.get(f"/v4/jobs/{job_id}/{number}/record-info"),
        server.http.get(f"/v1/job/{job_id}/status", params={"build_no": number}),
    ):
        assert (answer.status_code, answer.json()["error_code"]) == (400, "CB.00060200")
        assert "build_no" in answer.json()["error_msg"]


def test_stopping_what_never_ran_is_unprocessable(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    assert server.http.post(f"/v1/job/{job_id}/stop").json()["error_code"] == "DEVCB.00031006"
    assert server.http.post(f"/v3/jobs/{job_id}/1/stop").json()["error_code"] == "CB.00031006"


@pytest.mark.parametrize(
    ("state", "running", "words"),
    [
        ("SUCCESS", False, ("success", "")),
        ("FAILURE", False, ("failure", "")),
        ("LOST", False, ("failure", "")),
        ("ABORTED", False, ("failure", "aborted")),
        ("TIMEOUT", False, ("failure", "timeout")),
        ("RUNNING", True, ("running", "")),
        ("STOPPING", True, ("running", "")),
    ],
)
def test_every_state_has_its_words(
    server: Server, workshop: str, state: str, running: bool, words: tuple[str, str]
) -> None:
    job_id = new_task(server, workshop)
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    end_run(server.builds.database, str(record(server, job_id, 1)["id"]), state)
    status = server.http.get(f"/v1/job/{job_id}/running-status").json()["result"]
    assert status["is_running"] is running
    assert status["last_build_status"] == ("Running" if running else "Finished")
    assert server.http.get(f"/v3/jobs/{job_id}/status").json() == {"result": running}
    step = server.http.get(f"/v1/job/{job_id}/status").json()["result"]
    assert (step["status"], step["abort_status"]) == words


def test_an_unknown_parameter_is_refused_with_the_nearest_name(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop, parameters=[parameter("version", "1")])
    body = {"job_id": job_id, "parameter": [{"name": "versoin", "value": "2"}]}
    answer = server.http.post("/v1/job/execute", json=body)
    assert answer.status_code == 400
    assert "parameter[0].name" in answer.json()["error_msg"]
    assert "did you mean version?" in answer.json()["error_msg"]
    assert server.http.get(f"/v1/job/{job_id}/running-status").json()["result"]["last_build_no"] is None


def test_a_tag_task_run_without_a_tag_is_a_failed_schedule(server: Server, workshop: str) -> None:
    scm = {"url": "git@git.example.com:g/r.git", "scm_type": "codehub", "build_type": "tag"}
    job_id = new_task(server, workshop, scms=[scm])
    answer = server.http.post("/v1/job/execute", json={"job_id": job_id, "scm": {"build_tag": None}})
    assert answer.status_code == 200
    found = record(server, job_id, 1)
    assert found["status"] == "SCHEDULE_FAILURE"
    assert "scm.build_tag" in str(found["err_msg"])
    server.http.post("/v1/job/execute", json={"job_id": job_id, "scm": {"build_type": "branch"}})
    assert record(server, job_id, 2)["status"] == "QUEUED"
    server.http.post("/v1/job/execute", json={"job_id": job_id, "scm": {"build_tag": "v1"}})
    assert (record(server, job_id, 3)["status"], record(server, job_id, 3)["tag"]) == ("QUEUED", "v1")


def test_a_queued_record_says_why_it_waits(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    assert record(server, job_id, 1)["err_msg"] == "no agent of pool default is online"
