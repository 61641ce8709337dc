"""Running and asking after checks with the official SDK, and with the newer operations that it lacks."""

from collections.abc import Callable
from typing import Any

from huaweicloudsdkcodeartscheck.v2 import (
    CheckRecordRequest,
    RunRequestV2,
    RunTaskRequest,
    ShowProgressDetailRequest,
    ShowTasklogRequest,
    StopTaskByIdRequest,
)
from sqlalchemy import update

from bottega.check.rulesets.system import system_set
from bottega.check.tasks.tables import CheckScan
from tests.build.harness import Server
from tests.check.scans.checks import new_task

URL = "https://git.example.com/shop.git"


def change(server: Server, scan_id: str, **values: Any) -> None:
    with server.services.database.write() as session:
        session.execute(update(CheckScan).where(CheckScan.id == scan_id).values(**values))


def test_a_check_is_run_followed_and_stopped_with_the_sdk(
    server: Server, workshop: str, sdk: Callable[[str], Any]
) -> None:
    client = sdk("alice")
    task_id = new_task(server, workshop, URL)
    never = client.show_progress_detail(ShowProgressDetailRequest(task_id=task_id))
    assert (never.task_status, never.progress.ratio, never.progress.info) == (None, None, None)
    run = client.run_task(RunTaskRequest(task_id=task_id, body=RunRequestV2()))
    assert len(run.exec_id) == 32
    waiting = client.show_progress_detail(ShowProgressDetailRequest(task_id=task_id))
    assert (waiting.task_status, waiting.progress.ratio, waiting.progress.info) == (0, "0%", "running")
    client.stop_task_by_id(StopTaskByIdRequest(task_id=task_id))
    stopped = client.show_progress_detail(ShowProgressDetailRequest(task_id=task_id))
    assert (stopped.task_status, stopped.progress.ratio, stopped.progress.info) == (3, None, None)
    log = client.show_tasklog(ShowTasklogRequest(project_id=workshop, task_id=task_id))
    assert (log.param_info.url, log.param_info.language) == (URL, "PYTHON")
    assert log.log_info[0].analysis == "stopped by admin"


def test_the_record_of_checks_has_their_counts_and_is_filtered_by_when_they_began(
    server: Server, workshop: str, sdk: Callable[[str], Any]
) -> None:
    task_id = new_task(server, workshop, URL)
    for number in range(2):
        scan_id = server.http.post(f"/v2/tasks/{task_id}/run", json={}).json()["exec_id"]
        at = 1_700_000_000_000 + number * 86_400_000
        counts = [number, 2, 3, 4]
        change(server, scan_id, state="success", started_at=at, finished_at=at + 60_000, counts=counts)
    request = CheckRecordRequest(project_id=workshop, task_id=task_id, end_time="2023-11-14T22:13:20Z")
    found = sdk("alice").check_record(request)
    assert found.total == 1
    assert found.data[0].check_time == "2023-11-14T22:13:20Z"
    assert found.data[0].check_end_time == "2023-11-14T22:14:20Z"
    counts = found.data[0].issue_counts
    assert (counts.critical, counts.serious, counts.normal, counts.prompt) == (0, 2, 3, 4)


def test_the_newer_operations_run_list_and_stop_the_same_checks(server: Server, workshop: str) -> None:
    task_id = new_task(server, workshop, URL)
    http = server.http
    assert http.get(f"/v4/tasks/{task_id}/last-jobs").json()["result"]["last_job_id"] is None
    nul = http.post("/v1/jobs", json={"taskId": task_id, "executor": "a\0b"})
    assert (nul.status_code, nul.json()["error_code"]) == (400, "CC.00050000")
    body = http.post("/v1/jobs", json={"taskId": task_id, "executor": "ada"}).json()
    used = system_set("PYTHON")
    assert body["result"]["ruleSets"] == [
        {"language": "python", "ruleSetId": used.id, "ruleSetName": used.chinese, "enabled": True}
    ]
    assert (body["httpStatus"], body["status"]) == ("OK", "success")
    job = body["result"]
    assert job["process"] == {"status": "quering", "subJobs": [job["id"]]}
    again = http.post("/v1/jobs", json={"taskId": task_id})
    assert (again.status_code, again.json()["error_code"]) == (400, "CC.00050015")
    listed = http.get(f"/v4/tasks/{task_id}/jobs", params={"statuses": "quering,running"}).json()
    assert [(one["job_id"], one["executor"]) for one in listed["data"]] == [(job["id"], "ada")]
    assert listed["data"][0]["rule_sets"] == [
        {"language": "python", "rule_set_id": used.id, "rule_set_name": used.chinese}
    ]
    assert http.get(f"/v4/tasks/{task_id}/jobs", params={"statuses": "success"}).json()["total"] == 0
    assert http.put(f"/v1/tasks/{task_id}/stop").json()["result"] is True
    assert http.put(f"/v1/tasks/{task_id}/stop").status_code == 400
    assert http.get(f"/v4/tasks/{task_id}/last-jobs").json()["result"] == {
        "last_job_id": job["id"],
        "last_success_job_id": None,
    }


def test_a_log_is_read_from_either_end(server: Server, workshop: str) -> None:
    task_id = new_task(server, workshop, URL)
    job_id = server.http.post(f"/v2/tasks/{task_id}/run", json={}).json()["exec_id"]
    with server.services.database.read() as session:
        run_id = session.get_one(CheckScan, job_id).run_id
    server.live.append(run_id, 0, b"".join(b"line %d\n" % number for number in range(10)))
    asked = {"job_id": job_id, "size": 3}
    newest = server.http.get("/v1/console-log", params=asked).json()["result"]
    assert newest["log"] == "line 9\nline 8\nline 7\n"
    assert "hasMore" not in newest
    before = {**asked, "end_offset": newest["startOffset"]}
    assert server.http.get("/v1/console-log", params=before).json()["result"]["log"].startswith("line 6\n")
    oldest = server.http.get("/v1/console-log", params={**asked, "sort": "ASC"}).json()["result"]
    assert (oldest["log"], oldest["hasMore"]) == ("line 0\nline 1\nline 2\n", True)
    packed = server.http.get("/v1/log-file", params={"sub_job_id": job_id})
    assert packed.content.startswith(b"PK")
