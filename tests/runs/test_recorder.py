"""What agents report is stored once, in order, and only from the attempt that holds the lease."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bottega.runs.logs.live import LiveLogs
from bottega.runs.messages import ClaimedRun, Report, Stored
from bottega.runs.states import RunState
from tests.runs.conftest import Layer
from tests.support.runs import new_run, submit


def event(seq: int, kind: str, log: int = 0, **fields: Any) -> dict[str, Any]:
    return {"seq": seq, "at": 1_000 + seq, "log": log, "type": kind, **fields}


def finished(seq: int, log: int, outcome: str = "success") -> dict[str, Any]:
    return event(seq, "finished", log, outcome=outcome, reason="All steps succeeded", exit_code=0, usage={})


def report(
    claimed: ClaimedRun, log: bytes = b"", offset: int = 0, first: int = 0, *events: Any, **changes: Any
) -> Report:
    values: dict[str, Any] = {
        "run_id": claimed.run_id,
        "attempt": claimed.attempt,
        "lease_token": claimed.lease_token,
        "log_offset": offset,
        "log": log,
        "first_event": first,
        "events": list(events),
    }
    return Report(**{**values, **changes})


def start(layer: Layer, agent_id: str) -> ClaimedRun:
    submit(layer.runs, layer.database, new_run(layer.caller))
    return layer.claim(agent_id)


def test_a_repeated_report_is_stored_once(layer: Layer, agent_id: str) -> None:
    claimed = start(layer, agent_id)
    stage = event(0, "stage", 6, key="stage1", name="Shell", state="running")
    for _ in range(3):
        answer = layer.recorder.store(agent_id, report(claimed, b"hello\n", 0, 0, stage))
        assert (answer.log_size, answer.event_count) == (6, 1)
    assert layer.live.read(claimed.run_id, 0, 100) == b"hello\n"
    assert [one["key"] for one in layer.row(claimed.run_id).stages] == ["stage1"]


def test_a_run_of_a_build_yml_stays_one_of_its_commit_whatever_else_it_checks_out(
    layer: Layer, agent_id: str
) -> None:
    own, new = "a" * 40, new_run(layer.caller)
    new.spec.steps_of = new.source_url = "https://git.example.com/a/own"
    new.branch, new.commit_id = "main", own
    submit(layer.runs, layer.database, new)
    claimed = layer.claim(agent_id)
    mine = event(
        0, "source", url="https://git.example.com/a/own.git", branch="main", commit=own, author="Ada"
    )
    other = event(
        1, "source", url="https://git.example.com/b/other", branch="dev", commit="b" * 40, author="Bob"
    )
    layer.recorder.store(agent_id, report(claimed, b"", 0, 0, mine, other))
    row = layer.row(claimed.run_id)
    assert (row.source_url, row.branch, row.commit_id) == (new.source_url, "main", own)
    assert row.commit_author == "Ada"


def test_a_report_behind_a_gap_is_refused_with_the_place_to_go_on_from(layer: Layer, agent_id: str) -> None:
    claimed = start(layer, agent_id)
    layer.recorder.store(agent_id, report(claimed, b"0123"))
    answer = layer.recorder.store(agent_id, report(claimed, b"89", 8, 0, finished(0, 10)))
    assert (answer.log_size, answer.event_count, answer.done) == (4, 0, False)
    assert layer.row(claimed.run_id).state == RunState.RUNNING


def test_events_behind_a_gap_wait_for_those_before_them(layer: Layer, agent_id: str) -> None:
    claimed = start(layer, agent_id)
    stage = event(1, "stage", 0, key="stage1", name="Shell", state="running")
    answer = layer.recorder.store(agent_id, report(claimed, b"", 0, 1, stage, finished(2, 0)))
    assert (answer.event_count, answer.done) == (0, False)
    row = layer.row(claimed.run_id)
    assert (row.state, row.stages, row.event_count) == (RunState.RUNNING, [], 0)


def test_the_end_waits_for_the_whole_log(layer: Layer, agent_id: str) -> None:
    claimed = start(layer, agent_id)
    answer = layer.recorder.store(agent_id, report(claimed, b"01", 0, 0, finished(0, 4)))
    assert not answer.done
    answer = layer.recorder.store(agent_id, report(claimed, b"0123", 0, 0, finished(0, 4)))
    assert answer.done
    row = layer.row(claimed.run_id)
    assert (row.state, row.log_size, row.finished_at) == (RunState.SUCCESS, 4, 1_000)


def test_after_the_end_a_repeat_is_told_that_the_run_is_done(layer: Layer, agent_id: str) -> None:
    claimed = start(layer, agent_id)
    last = report(claimed, b"", 0, 0, finished(0, 0))
    assert layer.recorder.store(agent_id, last).done
    assert layer.recorder.store(agent_id, last).done


def test_a_stale_attempt_is_refused_and_changes_nothing(layer: Layer, agent_id: str) -> None:
    stale = start(layer, agent_id)
    layer.recorder.store(agent_id, report(stale, b"first attempt\n"))
    layer.end_lease(stale.run_id)
    layer.recorder.forget(layer.leases.reap())
    fresh = layer.claim(agent_id)
    answer = layer.recorder.store(agent_id, report(stale, b"late\n", 14, 0, finished(0, 19)))
    assert answer.refused
    assert layer.row(fresh.run_id).state == RunState.RUNNING
    assert layer.live.read(stale.run_id, 0, 100) == b"first attempt\n"


@pytest.mark.parametrize(("stopped", "state"), [(False, RunState.QUEUED), (True, RunState.ABORTED)])
def test_what_another_replica_has_ended_is_not_ended_again_by_one_that_was_not_told(
    layer: Layer, agent_id: str, *, stopped: bool, state: RunState
) -> None:
    claimed = start(layer, agent_id)
    layer.recorder.store(agent_id, report(claimed, b"hello\n"))
    if stopped:
        layer.runs.stop(layer.caller.tenant_id, claimed.run_id, "admin")
    layer.end_lease(claimed.run_id)
    layer.leases.reap()
    answer = layer.recorder.store(agent_id, report(claimed, b"", 6, 0, finished(0, 6)))
    assert (answer.refused, answer.done) == (True, False)
    row = layer.row(claimed.run_id)
    assert (row.state, row.exit_code, row.event_count) == (state, None, 0)


def test_nobody_adds_to_the_log_of_an_attempt_that_is_known_already(layer: Layer, agent_id: str) -> None:
    other = layer.agents.enrol("two", "default", "nats://localhost").agent_id
    claimed = start(layer, agent_id)
    layer.recorder.store(agent_id, report(claimed, b"hello\n"))
    for who, token in ((other, claimed.lease_token), (agent_id, "0" * 32)):
        answer = layer.recorder.store(who, report(claimed, b"forged\n", 6, lease_token=token))
        assert answer.refused
    assert layer.live.read(claimed.run_id, 0, 100) == b"hello\n"


def test_another_agent_cannot_report_for_a_run(layer: Layer, agent_id: str) -> None:
    claimed = start(layer, agent_id)
    other = layer.agents.enrol("two", "default", "nats://localhost").agent_id
    assert layer.recorder.store(other, report(claimed, b"forged\n", 0, 0, finished(0, 7))).refused
    assert layer.row(claimed.run_id).state == RunState.RUNNING


def test_the_log_of_a_second_attempt_follows_that_of_the_first(layer: Layer, agent_id: str) -> None:
    first = start(layer, agent_id)
    layer.recorder.store(agent_id, report(first, b"one\n"))
    layer.end_lease(first.run_id)
    layer.recorder.forget(layer.leases.reap())
    second = layer.claim(agent_id)
    stage = event(0, "stage", 0, key="stage1", name="Shell", state="running")
    layer.recorder.store(agent_id, report(second, b"two\n", 0, 0, stage))
    assert layer.live.read(first.run_id, 0, 100) == b"one\ntwo\n"
    assert layer.row(second.run_id).stages[0]["log_start"] == 4


def test_the_journal_of_a_second_attempt_begins_anew(layer: Layer, agent_id: str) -> None:
    first = start(layer, agent_id)
    stage = event(0, "stage", 0, key="stage1", name="Shell", state="running")
    assert layer.recorder.store(agent_id, report(first, b"", 0, 0, stage)).event_count == 1
    layer.end_lease(first.run_id)
    layer.recorder.forget(layer.leases.reap())
    second = layer.claim(agent_id)
    row = layer.row(first.run_id)
    assert (row.event_count, row.stages) == (0, [])
    assert layer.recorder.store(agent_id, report(second, b"", 0, 0, finished(0, 0))).done
    assert layer.row(first.run_id).state == RunState.SUCCESS


def test_a_lease_that_the_runner_saw_expire_gives_another_attempt(layer: Layer, agent_id: str) -> None:
    claimed = start(layer, agent_id)
    answer = layer.recorder.store(agent_id, report(claimed, b"", 0, 0, finished(0, 0, "lease-expired")))
    assert answer.done
    assert layer.row(claimed.run_id).state == RunState.QUEUED
    assert layer.claim(agent_id).attempt == 2


def test_an_error_before_the_first_step_is_a_schedule_failure(layer: Layer, agent_id: str) -> None:
    claimed = start(layer, agent_id)
    layer.recorder.store(agent_id, report(claimed, b"", 0, 0, finished(0, 0, "error")))
    assert layer.row(claimed.run_id).state == RunState.SCHEDULE_FAILURE


@pytest.mark.parametrize("outcome", ["error", "lease-expired"])
def test_a_run_that_was_to_stop_is_not_tried_again_whatever_became_of_its_attempt(
    layer: Layer, agent_id: str, outcome: str
) -> None:
    claimed = start(layer, agent_id)
    layer.runs.stop(layer.caller.tenant_id, claimed.run_id, "admin")
    answer = layer.recorder.store(agent_id, report(claimed, b"", 0, 0, finished(0, 0, outcome)))
    assert answer.done
    assert layer.row(claimed.run_id).state == RunState.ABORTED


def test_a_stopped_run_names_who_stopped_it(layer: Layer, agent_id: str) -> None:
    claimed = start(layer, agent_id)
    layer.runs.stop(layer.caller.tenant_id, claimed.run_id, "ada")
    layer.recorder.store(agent_id, report(claimed, b"", 0, 0, finished(0, 0, "aborted")))
    row = layer.row(claimed.run_id)
    assert (row.state, row.reason) == (RunState.ABORTED, "stopped by ada")


cuts = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=20)


@settings(max_examples=60)
@given(pieces=cuts, log=st.binary(max_size=400))
def test_any_order_of_repeats_and_cuts_stores_the_log_exactly_once(
    tmp_path_factory: Any, pieces: list[tuple[int, int]], log: bytes
) -> None:
    live = LiveLogs(tmp_path_factory.mktemp("live"))
    stored = 0
    for start_at, length in [*pieces, (0, 400)]:
        if start_at <= stored:
            stored = live.append("aa-run", start_at, log[start_at : start_at + length])
            assert live.read("aa-run", 0, 1000) == log[:stored]
    assert live.read("aa-run", 0, 1000) == log
    live.close()


def test_answers_name_the_attempt_they_are_for(layer: Layer, agent_id: str) -> None:
    claimed = start(layer, agent_id)
    assert layer.recorder.store(agent_id, report(claimed)) == Stored(run_id=claimed.run_id, attempt=1)
