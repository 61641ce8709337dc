"""Whatever way a run takes to its end, the hooks hear of it exactly once, in the transaction that ends it."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bottega.errors import AlreadyFinished
from bottega.runs.final import EndedRun
from bottega.runs.messages import ClaimedRun
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from bottega.store.database import Database
from tests.runs.conftest import Layer
from tests.runs.test_recorder import finished, report
from tests.support.runs import new_run, offer, submit

Heard = list[tuple[str, str]]


@pytest.fixture
def heard(layer: Layer) -> Heard:
    """Ids and states of the runs the hook was told about, as they were in its transaction."""
    known: Heard = []

    def hook(session: Session, ended: Sequence[EndedRun]) -> None:
        for one in ended:
            session.expire_all()
            assert session.get_one(Run, one.run_id).state == one.state
            assert (one.kind, one.tenant_id, one.task_id) == ("build", layer.caller.tenant_id, "0" * 32)
            known.append((one.run_id, one.state))

    layer.runs.final.add(hook)
    return known


def start(layer: Layer, agent_id: str) -> ClaimedRun:
    submit(layer.runs, layer.database, new_run(layer.caller))
    return layer.claim(agent_id)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("success", RunState.SUCCESS),
        ("failure", RunState.FAILURE),
        ("aborted", RunState.ABORTED),
        ("timeout", RunState.TIMEOUT),
        ("error", RunState.SCHEDULE_FAILURE),
    ],
)
def test_a_run_that_reports_its_end(
    layer: Layer, agent_id: str, heard: Heard, outcome: str, state: RunState
) -> None:
    claimed = start(layer, agent_id)
    last = report(claimed, b"", 0, 0, finished(0, 0, outcome))
    for _ in range(3):
        layer.recorder.store(agent_id, last)
    assert heard == [(claimed.run_id, state)]


def test_a_run_that_gets_another_attempt_has_not_ended(layer: Layer, agent_id: str, heard: Heard) -> None:
    claimed = start(layer, agent_id)
    layer.recorder.store(agent_id, report(claimed, b"", 0, 0, finished(0, 0, "lease-expired")))
    layer.claim(agent_id)
    layer.end_lease(claimed.run_id)
    layer.leases.reap()
    assert layer.row(claimed.run_id).state == RunState.QUEUED
    assert heard == []


def test_a_run_that_is_lost_with_its_last_agent(layer: Layer, agent_id: str, heard: Heard) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller))
    for _ in range(layer.settings.runs.max_attempts):
        layer.claim(agent_id)
        layer.end_lease(run.id)
        layer.leases.reap()
    layer.leases.reap()
    assert heard == [(run.id, RunState.LOST)]


def test_a_stopping_run_whose_agent_is_lost(layer: Layer, agent_id: str, heard: Heard) -> None:
    claimed = start(layer, agent_id)
    layer.runs.stop(layer.caller.tenant_id, claimed.run_id, "ada")
    assert heard == []
    layer.end_lease(claimed.run_id)
    layer.leases.reap()
    layer.leases.reap()
    assert heard == [(claimed.run_id, RunState.ABORTED)]


def test_a_queued_run_that_is_stopped(layer: Layer, heard: Heard) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller))
    layer.runs.stop(layer.caller.tenant_id, run.id, "ada")
    with pytest.raises(AlreadyFinished):
        layer.runs.stop(layer.caller.tenant_id, run.id, "ada")
    assert heard == [(run.id, RunState.ABORTED)]


def test_runs_that_are_stopped_together(layer: Layer, agent_id: str, heard: Heard) -> None:
    running = start(layer, agent_id)
    waiting = submit(layer.runs, layer.database, new_run(layer.caller, 2))
    for _ in range(2):
        with layer.database.write() as session:
            layer.runs.stop_all(session, "ada", Run.tenant_id == layer.caller.tenant_id)
    assert heard == [(waiting.id, RunState.ABORTED)]
    layer.recorder.store(agent_id, report(running, b"", 0, 0, finished(0, 0, "aborted")))
    assert heard[1:] == [(running.run_id, RunState.ABORTED)]


def test_a_run_that_no_agent_may_take(layer: Layer, agent_id: str, heard: Heard) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller))
    layer.claims.claim(agent_id, offer(sandbox_level="process", sandbox="process"))
    assert heard == [(run.id, RunState.SCHEDULE_FAILURE)]


def test_a_hook_that_fails_ends_nothing_and_the_report_can_be_repeated(
    make_layer: Callable[[Database], Layer], database: Database
) -> None:
    layer = make_layer(database)
    agent_id = layer.agents.enrol("one", "default", "nats://localhost").agent_id
    claimed = start(layer, agent_id)
    calls: list[Any] = []

    def hook(_session: Session, ended: Sequence[EndedRun]) -> None:
        calls.append(ended)
        if len(calls) == 1:
            raise OSError("for a moment")

    layer.runs.final.add(hook)
    last = report(claimed, b"", 0, 0, finished(0, 0))
    with pytest.raises(OSError, match="for a moment"):
        layer.recorder.store(agent_id, last)
    assert layer.row(claimed.run_id).state == RunState.RUNNING
    assert layer.recorder.store(agent_id, last).done
    assert layer.row(claimed.run_id).state == RunState.SUCCESS
    assert len(calls) == 2
