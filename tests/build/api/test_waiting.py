"""Why a build waits, or is not taken at all: what a client reads."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from bottega.clock import epoch_ms
from bottega.runs.tables import Agent, Run, TenantLimit
from tests.build.api.test_runs import new_task, record
from tests.build.harness import Server, build_server, new_callers


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """One whose agents and disk are the test's own."""
    with build_server(tmp_path) as started:
        yield new_callers(started)


def limit(server: Server, *, concurrency: int, queue: int) -> None:
    tenant_id = server.callers["alice"].tenant_id
    with server.builds.database.write() as session:
        session.add(TenantLimit(tenant_id=tenant_id, concurrency=concurrency, queue=queue))


def enrol(server: Server, **offered: object) -> None:
    """An agent that was heard of just now; it takes nothing by itself."""
    agent_id = server.services.agents.enrol("one", "default", "nats://localhost").agent_id
    known = {"arch": "x86-64", "slots": 2, "last_seen_at": epoch_ms(), **offered}
    with server.builds.database.write() as session:
        session.execute(update(Agent).where(Agent.id == agent_id).values(**known))


def test_the_reason_is_told_by_both_families(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    for path in (f"/v4/jobs/{job_id}/1/record-info", f"/v3/jobs/{job_id}/1/record-info"):
        found = server.http.get(path).json()["result"]
        assert (found["status"], found["err_msg"]) == ("QUEUED", "no agent of pool default is online")


def test_a_tenant_at_its_limit_is_told_its_place(server: Server, workshop: str) -> None:
    limit(server, concurrency=1, queue=10)
    enrol(server)
    job_id = new_task(server, workshop)
    for _ in range(3):
        server.http.post("/v1/job/execute", json={"job_id": job_id})
    with server.builds.database.write() as session:
        for number in (1, 2, 3):
            session.execute(update(Run).where(Run.number == number).values(queued_at=number))
        session.execute(update(Run).where(Run.number == 1).values(state="RUNNING"))
    assert record(server, job_id, 1)["err_msg"] is None
    assert record(server, job_id, 3)["err_msg"] == (
        "the tenant's limit of 1 running builds is reached, position 2 in the queue"
    )


def test_an_agent_that_is_isolated_too_weakly_says_so(server: Server, workshop: str) -> None:
    weak = "sandbox.require is bubblewrap, the agent offers only process"
    enrol(server, offer={"sandbox_level": "process", "refusing": weak})
    job_id = new_task(server, workshop)
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    assert record(server, job_id, 1)["err_msg"] == f"agent one takes no work: {weak}"


def test_a_full_queue_refuses_and_changes_nothing(server: Server, workshop: str) -> None:
    limit(server, concurrency=1, queue=1)
    job_id = new_task(server, workshop)
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    for path in ("/v1/job/execute", "/v3/jobs/build"):
        answer = server.http.post(path, json={"job_id": job_id})
        assert answer.status_code == 503
        assert answer.json() == {
            "error_code": "CB.00060100",
            "error_msg": "the tenant's queue is full: 1 runs are waiting, 1 are allowed",
        }
    found = server.http.get(f"/v1/job/{job_id}/running-status").json()["result"]
    assert found["last_build_no"] == "1"


def test_a_low_disk_refuses_and_says_so_of_what_waits(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    low = "the disk of the data folder is low: 0.1 GiB free, 0.5 GiB are kept free"
    server.builds.runs.refusal = lambda: low
    answer = server.http.post("/v1/job/execute", json={"job_id": job_id})
    assert (answer.status_code, answer.json()["error_msg"]) == (503, low)
    assert record(server, job_id, 1)["err_msg"] == low
