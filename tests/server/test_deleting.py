"""Deleting a task or a project while builds of it run and wait: on the real server, down to the last process."""

from typing import Any

import pytest

from tests.support.processes import processes_with
from tests.support.server import Api
from tests.support.waiting import eventually

GONE = {"v1": "DEVCB.00031006", "v3": "CB.00031006"}


def refusal(api: Api, method: str, path: str, **options: Any) -> tuple[int, str]:
    answer = api.http.request(method, path, **options)
    return answer.status_code, answer.json()["error_code"]


def assert_gone(api: Api, job_id: str, record_id: str) -> None:
    """Every family says that there is no such task, with its own code."""
    body = {"job_id": job_id}
    calls: list[tuple[str, str, str, Any]] = [
        ("v1", "GET", f"/v1/job/{job_id}/config", None),
        ("v1", "GET", f"/v1/job/{job_id}/running-status", None),
        ("v1", "GET", f"/v1/job/{job_id}/status", None),
        ("v1", "GET", f"/v1/job/{job_id}/info", None),
        ("v1", "GET", f"/v1/log/{job_id}/1/real-time-log", None),
        ("v1", "GET", f"/v1/record/{record_id}/info", None),
        ("v1", "GET", f"/v4/jobs/{job_id}/1/record-info", None),
        ("v1", "GET", f"/v4/{record_id}/download-log", None),
        ("v1", "POST", "/v1/job/execute", body),
        ("v1", "POST", f"/v1/job/{job_id}/stop", {}),
        ("v1", "DELETE", f"/v1/job/{job_id}/delete", None),
        ("v3", "GET", f"/v3/jobs/{job_id}/query", None),
        ("v3", "GET", f"/v3/jobs/{job_id}/status", None),
        ("v3", "GET", f"/v3/jobs/{job_id}/history", None),
        ("v3", "GET", f"/v3/jobs/{job_id}/1/record-info", None),
        ("v3", "GET", f"/v3/jobs/{job_id}/1/real-time-log", None),
        ("v3", "POST", "/v3/jobs/build", body),
        ("v3", "POST", "/v3/jobs/stop", {**body, "build_no": 1}),
        ("v3", "POST", f"/v3/jobs/{job_id}/1/stop", None),
        ("v3", "POST", f"/v3/jobs/{job_id}/delete", None),
    ]
    answers = {path: refusal(api, method, path, json=sent) for _, method, path, sent in calls}
    assert answers == {path: (422, GONE[family]) for family, _, path, _ in calls}


@pytest.mark.parametrize(
    ("method", "path", "mark"),
    [("DELETE", "/v1/job/{}/delete", "7731"), ("POST", "/v3/jobs/{}/delete", "7732")],
)
def test_deleting_a_task_stops_what_runs_and_what_waits(api: Api, method: str, path: str, mark: str) -> None:
    # More builds than slots; each leaves its session, and the first lets no TERM end it.
    command = f"trap '' TERM; setsid sleep {mark} & sleep {mark}"
    job_id = api.create_task(command, f"deleted-{mark}")
    for _ in range(4):
        api.execute(job_id)
    eventually(lambda: len(processes_with(mark)) >= 2, 60.0)
    record_id = api.record(job_id, 1)["build_record_id"]
    answer = api.call(method, path.format(job_id))
    assert answer["result"] == {"job_id": job_id, "project_id": api.project_id}
    assert_gone(api, job_id, record_id)
    eventually(lambda: not processes_with(mark), 60.0)
    assert "bottega_runs" in api.http.get("/metrics").text
    eventually(lambda: unfinished(api) == 0, 60.0)
    assert processes_with(mark) == []


def test_deleting_a_project_takes_its_tasks_and_their_builds_along(api: Api) -> None:
    body = {"project_name": "to be deleted", "project_type": "scrum"}
    project_id = api.call("POST", "/v4/project", json=body)["project_id"]
    job_id = api.create_task("sleep 7733 & sleep 7733", "in-a-project", project_id=project_id)
    for _ in range(4):
        api.execute(job_id)
    eventually(lambda: processes_with("7733"), 60.0)
    record_id = api.record(job_id, 1)["build_record_id"]
    assert api.http.delete(f"/v4/projects/{project_id}").status_code == 204
    assert_gone(api, job_id, record_id)
    assert refusal(api, "GET", f"/v1/job/{project_id}/list") == (422, GONE["v1"])
    listed = api.call("GET", "/v1/job/list", params={"page_size": 100})["result"]["job_list"]
    assert job_id not in {row["id"] for row in listed}
    eventually(lambda: not processes_with("7733"), 60.0)
    eventually(lambda: unfinished(api) == 0, 60.0)
    assert processes_with("7733") == []


def unfinished(api: Api) -> int:
    """Runs that wait, run or are being stopped."""
    lines = api.http.get("/metrics").text.splitlines()
    return sum(int(float(line.split()[-1])) for line in lines if line.startswith("bottega_runs{"))
