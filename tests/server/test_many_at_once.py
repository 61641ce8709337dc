"""Many runs of one task asked for at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.support.processes import processes_with
from tests.support.server import Api
from tests.support.waiting import eventually

MARK = "7741"


def test_fifty_runs_asked_for_in_both_families_are_numbered_without_gaps_and_deleted_together(
    api: Api,
) -> None:
    job_id = api.create_task(f"sleep {MARK}", "many-at-once")

    def ask(number: int) -> dict[str, Any] | None:
        path = "/v1/job/execute" if number % 2 else "/v3/jobs/build"
        body: dict[str, Any] = {"job_id": job_id}
        if refused := number % 6 == 0:
            body["parameter"] = [{"name": "unknown", "value": "x"}]
        answer = api.http.post(path, json=body)
        assert answer.status_code == (400 if refused else 200), answer.text
        return None if refused else answer.json()

    with ThreadPoolExecutor(16) as threads:
        accepted = [answer for answer in threads.map(ask, range(1, 61)) if answer is not None]
    assert sorted(int(answer["actual_build_number"]) for answer in accepted) == list(range(1, 51))
    daily = {answer["daily_build_number"] for answer in accepted}
    assert sorted(int(one.partition(".")[2]) for one in daily) == list(range(1, 51))
    assert len({answer["octopus_job_name"] for answer in accepted}) == 50
    eventually(lambda: processes_with(MARK), 60.0)
    waiting = api.record(job_id, 50)
    assert waiting["status"] == "QUEUED"
    assert "position" in waiting["err_msg"]

    api.call("DELETE", f"/v1/job/{job_id}/delete")
    eventually(lambda: not processes_with(MARK), 60.0)
    queued = [line for line in api.http.get("/metrics").text.splitlines() if 'state="queued"' in line]
    assert [line.split()[-1] for line in queued] == ["0.0"]
    assert processes_with(MARK) == []
