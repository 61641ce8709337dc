"""Accepting and stopping runs, and the reason why one waits."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from bottega.errors import AlreadyFinished, NotFound, Unavailable
from bottega.runs import queries
from bottega.runs.held import FLOW
from bottega.runs.states import FINAL, RunState
from bottega.runs.tables import Agent, Run, TenantLimit
from tests.runs.conftest import Layer
from tests.support.databases import seed_tenant
from tests.support.runs import new_run, offer, submit


def put(layer: Layer, run_id: str, **values: Any) -> None:
    with layer.database.write() as session:
        session.execute(update(Run).where(Run.id == run_id).values(**values))


def waiting(layer: Layer, run: Run) -> str:
    with layer.database.read() as session:
        return layer.runs.waiting_reason(session, session.get_one(Run, run.id))


def heard(layer: Layer, agent_id: str, **changes: Any) -> None:
    """The agent renews, as it does every few seconds."""
    layer.leases.renew(agent_id, offer(**changes), [])


def test_a_full_queue_takes_no_more(layer: Layer) -> None:
    with layer.database.write() as session:
        session.add(TenantLimit(tenant_id=layer.caller.tenant_id, concurrency=1, queue=2))
    for number in (1, 2):
        submit(layer.runs, layer.database, new_run(layer.caller, number))
    with pytest.raises(Unavailable, match=r"^the tenant's queue is full: 2 runs are waiting, 2 are allowed$"):
        submit(layer.runs, layer.database, new_run(layer.caller, 3))
    other = seed_tenant(layer.database, "other")
    submit(layer.runs, layer.database, new_run(other, 1, task_id="1" * 32))


def test_a_job_that_waits_for_other_jobs_takes_no_place_in_the_queue(layer: Layer) -> None:
    with layer.database.write() as session:
        session.add(TenantLimit(tenant_id=layer.caller.tenant_id, concurrency=1, queue=1))
    for number in (1, 2):
        held = submit(layer.runs, layer.database, new_run(layer.caller, number, held=FLOW))
    with layer.database.write() as session:
        assert layer.runs.held.release(session, held.id, FLOW)
    with pytest.raises(Unavailable, match=r"^the tenant's queue is full: 1 runs are waiting, 1 are allowed$"):
        submit(layer.runs, layer.database, new_run(layer.caller, 3))


def test_a_low_disk_takes_no_more_and_says_so(layer: Layer) -> None:
    layer.runs.refusal = lambda: "the disk of the data folder is low"
    with pytest.raises(Unavailable, match=r"^the disk of the data folder is low$"):
        submit(layer.runs, layer.database, new_run(layer.caller, 1))


def test_a_queued_run_is_stopped_at_once(layer: Layer) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller, 1))
    assert layer.runs.stop(layer.caller.tenant_id, run.id, "alice") is RunState.ABORTED
    row = layer.row(run.id)
    assert (row.state, row.reason, row.stop_user_name) == ("ABORTED", "stopped by alice", "alice")
    assert row.finished_at is not None
    with pytest.raises(AlreadyFinished, match=r"^build 1 is already ABORTED$"):
        layer.runs.stop(layer.caller.tenant_id, run.id, "alice")


def test_a_running_run_is_stopping_until_its_agent_reports_the_end(layer: Layer, agent_id: str) -> None:
    told: list[tuple[str, str]] = []
    layer.runs.hints.stop = lambda *order: told.append(order)
    run = submit(layer.runs, layer.database, new_run(layer.caller, 1))
    layer.claim(agent_id)
    for user in ("alice", "bob"):
        assert layer.runs.stop(layer.caller.tenant_id, run.id, user) is RunState.STOPPING
    row = layer.row(run.id)
    assert (row.state, row.reason, row.finished_at) == ("STOPPING", "stopped by alice", None)
    assert told == [(agent_id, run.id)]


def test_a_run_that_is_claimed_at_the_moment_of_its_stop_is_stopped_as_a_running_one(
    layer: Layer, agent_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller, 1))
    found, claims = queries.get, [agent_id]

    def read_before(session: Session, tenant_id: str, run_id: str) -> Run:
        before = found(session, tenant_id, run_id)
        if claims:
            claimed = {"state": RunState.RUNNING, "agent_id": claims.pop()}
            options = {"synchronize_session": False}
            session.execute(update(Run).where(Run.id == run_id).values(claimed), execution_options=options)
        return before

    monkeypatch.setattr(queries, "get", read_before)
    assert layer.runs.stop(layer.caller.tenant_id, run.id, "alice") is RunState.STOPPING
    row = layer.row(run.id)
    assert (row.state, row.agent_id, row.finished_at) == (RunState.STOPPING, agent_id, None)


def test_another_tenants_run_cannot_be_stopped(layer: Layer) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller, 1))
    stranger = seed_tenant(layer.database, "stranger")
    with pytest.raises(NotFound):
        layer.runs.stop(stranger.tenant_id, run.id, "mallory")
    assert layer.row(run.id).state == RunState.QUEUED


def test_stopping_all_changes_what_is_unfinished_and_nothing_else(layer: Layer, agent_id: str) -> None:
    told: list[tuple[str, str]] = []
    layer.runs.hints.stop = lambda *order: told.append(order)
    runs = {
        state: submit(layer.runs, layer.database, new_run(layer.caller, number))
        for number, state in enumerate(RunState, 1)
    }
    for state, run in runs.items():
        put(layer, run.id, state=state, agent_id=agent_id, finished_at=5 if state in FINAL else None)
    beyond = submit(layer.runs, layer.database, new_run(layer.caller, 1, task_id="1" * 32))
    with layer.database.write() as session:
        layer.runs.stop_all(session, "alice", Run.task_id == "0" * 32)
        assert told == []
    changed = {RunState.QUEUED: RunState.ABORTED, RunState.RUNNING: RunState.STOPPING}
    for state, run in runs.items():
        row = layer.row(run.id)
        assert row.state == changed.get(state, state)
        assert (row.stop_user_name == "alice") is (state in changed)
        assert (row.finished_at is not None) is (row.state in FINAL)
    assert layer.row(beyond.id).state == RunState.QUEUED
    assert told == [(agent_id, runs[RunState.RUNNING].id)]


def test_no_run_is_claimed_past_a_stop_of_all(layer: Layer, agent_id: str) -> None:
    for number in range(1, 21):
        submit(layer.runs, layer.database, new_run(layer.caller, number))

    def stop_all() -> None:
        with layer.database.write() as session:
            layer.runs.stop_all(session, "alice", Run.tenant_id == layer.caller.tenant_id)

    with ThreadPoolExecutor(8) as threads:
        claims = [threads.submit(layer.claims.claim, agent_id, offer()) for _ in range(10)]
        threads.submit(stop_all).result()
        claimed = {reply.run.run_id for claim in claims if (reply := claim.result()).run is not None}
    with layer.database.read() as session:
        states = {run.id: run.state for run in session.query(Run)}
    assert {states[run_id] for run_id in claimed} <= {RunState.STOPPING}
    assert {state for run_id, state in states.items() if run_id not in claimed} == {RunState.ABORTED}


def test_a_run_waits_for_an_agent_of_its_pool_and_architecture(layer: Layer, agent_id: str) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller, 1))
    assert waiting(layer, run) == "no agent of pool default is online"
    elsewhere = layer.agents.enrol("elsewhere", "gpu", "nats://localhost").agent_id
    heard(layer, elsewhere)
    assert waiting(layer, run) == "no agent of pool default is online"
    heard(layer, agent_id, arch="arm")
    assert waiting(layer, run) == "no online agent of pool default offers x86-64"
    heard(layer, agent_id, slots=3)
    assert waiting(layer, run) == "all 3 slots of pool default are taken, position 1 in the queue"


def test_an_agent_that_fell_silent_is_not_waited_for(layer: Layer, agent_id: str) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller, 1))
    heard(layer, agent_id)
    with layer.database.write() as session:
        session.execute(update(Agent).values(last_seen_at=1))
    assert waiting(layer, run) == "no agent of pool default is online"
