"""The step ``check`` of a build, and checks that are stopped."""

from typing import Any

import pytest
from sqlalchemy import update

from bottega.check.tasks.settings import Gate, GateItem
from bottega.runs.tables import Run
from tests.agent.runner.attempts import Attempts, marker, processes_with
from tests.build.harness import Server, task_body
from tests.build.permissions.people import colleague
from tests.check.scans.checks import BAD, Check, Lease, new_task, repository, scans_of
from tests.support.databases import seed_project
from tests.support.waiting import eventually

STRICT = Gate(items=[GateItem(severity=severity, on=True) for severity in range(4)])


class Build(Lease):
    """A build of a repository, with a step ``check`` after its checkout."""

    def __init__(self, server: Server, project_id: str, url: str, **inputs: Any) -> None:
        body = task_body(
            project_id, f"build-{marker()}", scms=[{"url": url, "scm_type": "codehub", "branch": "master"}]
        )
        job_id = server.http.post("/v1/job/create", json=body).json()["result"]["job_id"]
        number = server.http.post("/v1/job/execute", json={"job_id": job_id}).json()["result"][
            "actual_build_number"
        ]
        record = server.http.get(f"/v4/jobs/{job_id}/{number}/record-info").json()["result"]
        self._inputs = inputs
        super().__init__(server, record["build_record_id"])
        step = {"key": "stage2", "name": "Check", "action": "check", "inputs": inputs, "label": "check"}
        self.put_steps([self.steps()[0], {**self.steps()[1], **step}])


def plan_of(server: Server, build: Build) -> Any:
    return server.http.get("/agent/check-plan", params={"stage": "stage2"}, headers=build.headers)


@pytest.mark.parametrize("fail_on_gate", [True, False])
def test_a_build_fails_by_the_gate_of_its_check_unless_it_is_told_not_to(
    server: Server, workshop: str, attempts: Attempts, *, fail_on_gate: bool
) -> None:
    origin = repository(attempts.base / "origin", app__py=BAD)
    task_id = new_task(server, workshop, origin.url, gate=STRICT)
    build = Build(server, workshop, origin.url, task_id=task_id, fail_on_gate=fail_on_gate)
    log, report = build.work(attempts)
    assert report["outcome"] == ("failure" if fail_on_gate else "success"), log
    (scan,) = scans_of(server, task_id)
    assert (scan.state, scan.gate, scan.run_id) == ("success", "error", build.run_id)


def test_a_build_of_another_repository_is_not_checked(
    server: Server, workshop: str, attempts: Attempts
) -> None:
    origin = repository(attempts.base / "origin", app__py=BAD)
    task_id = new_task(server, workshop, "https://git.example.com/other.git")
    log, report = Build(server, workshop, origin.url, task_id=task_id).work(attempts)
    assert report["outcome"] == "failure"
    assert "the check task is for the repository git.example.com/other" in log
    assert scans_of(server, task_id) == []


def test_a_build_checks_with_the_rights_of_who_runs_it_and_in_their_tenant(
    server: Server, workshop: str
) -> None:
    url = "https://git.example.com/shop.git"
    database, alice = server.services.database, server.callers["alice"]
    task_id = new_task(server, workshop, url)
    build = Build(server, workshop, url, task_id=task_id)
    runner = colleague(database, alice, "runner", frozenset())
    with database.write() as session:
        session.execute(update(Run).where(Run.id == build.run_id).values(user_id=runner.user_id))
    refused = plan_of(server, build)
    assert (refused.status_code, "lacks the permission" in refused.json()["error_msg"]) == (403, True)
    theirs = new_task(server, seed_project(database, server.callers["bob"]), url, caller="bob")
    for inputs in ({"task_id": theirs}, {"name": "nobody's"}):
        other = Build(server, workshop, url, **inputs)
        assert plan_of(server, other).status_code == 422
    assert scans_of(server, task_id) == scans_of(server, theirs) == []


def test_a_check_that_is_stopped_leaves_no_process(server: Server, workshop: str, attempts: Attempts) -> None:
    origin = repository(attempts.base / "origin", **{f"app{number}__py": BAD for number in range(20)})
    check = Check(server, new_task(server, workshop, origin.url))
    spool = attempts.start(*check.steps(), **check.spec())
    eventually(lambda: processes_with("bottega.check.scanning"), 60.0, 0.01)
    spool.request_stop(1.0, "stopped by alice")
    eventually(lambda: spool.exit() is not None, 60.0)
    assert (spool.exit() or {})["outcome"] == "aborted"
    eventually(lambda: not spool.runner_alive())
    check.end("ABORTED", "stopped by alice")
    assert (check.scan.state, check.scan.reason) == ("aborted", "stopped by alice")


def test_a_check_within_a_build_is_not_stopped_by_who_may_check(server: Server, workshop: str) -> None:
    url = "https://git.example.com/shop.git"
    task_id = new_task(server, workshop, url)
    build = Build(server, workshop, url, task_id=task_id)
    plan = plan_of(server, build)
    assert plan.status_code == 200, plan.text
    refused = server.http.post(f"/v2/tasks/{task_id}/stop", json={})
    assert (refused.status_code, "stop that build" in refused.json()["error_msg"]) == (400, True)
    assert scans_of(server, task_id)[0].state == "running"
