"""What builds report is handed to the domains once, with what records it, and only by the lease's holder."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.runs.events import ReportedCoverage, ReportedTests
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from tests.runs.conftest import Layer
from tests.runs.test_recorder import event, finished, report, start

FIGURES = {"success": 4, "failures": 1, "errors": 0, "others": 2, "execution_ms": 381}


def unit_tests(stage: str, seq: int = 0, **changes: Any) -> dict[str, Any]:
    return event(seq, "tests", stage=stage, **{**FIGURES, **changes})


@pytest.fixture
def told(layer: Layer) -> list[tuple[str, str, int]]:
    """Run, stage and successes of each report that the domains hear of."""
    found: list[tuple[str, str, int]] = []

    def hear(session: Session, run: Run, reported: ReportedTests) -> None:
        assert session.in_transaction()
        found.append((run.id, reported.stage, reported.success))

    layer.runs.reported.add_tests(hear)
    return found


def test_a_report_is_told_once_however_often_it_comes(
    layer: Layer, agent_id: str, told: list[tuple[str, str, int]]
) -> None:
    claimed = start(layer, agent_id)
    key = layer.row(claimed.run_id).spec["steps"][0]["key"]
    for _ in range(3):
        answer = layer.recorder.store(agent_id, report(claimed, b"", 0, 0, unit_tests(key)))
        assert answer.event_count == 1
    layer.recorder.store(agent_id, report(claimed, b"", 0, 1, unit_tests(key, 1, success=5), finished(2, 0)))
    assert told == [(claimed.run_id, key, 4), (claimed.run_id, key, 5)]
    assert layer.row(claimed.run_id).state == RunState.SUCCESS


def test_the_report_of_a_lost_attempt_is_not_told_any_more(
    layer: Layer, agent_id: str, told: list[tuple[str, str, int]]
) -> None:
    stale = start(layer, agent_id)
    key = layer.row(stale.run_id).spec["steps"][0]["key"]
    layer.end_lease(stale.run_id)
    layer.recorder.forget(layer.leases.reap())
    layer.claim(agent_id)
    assert layer.recorder.store(agent_id, report(stale, b"", 0, 0, unit_tests(key))).refused
    assert told == []


def test_a_report_of_a_stage_the_run_does_not_have_is_dropped(
    layer: Layer, agent_id: str, told: list[tuple[str, str, int]]
) -> None:
    claimed = start(layer, agent_id)
    answer = layer.recorder.store(agent_id, report(claimed, b"", 0, 0, unit_tests("stage77"), finished(1, 0)))
    assert (answer.event_count, answer.done, told) == (2, True, [])
    assert layer.row(claimed.run_id).state == RunState.SUCCESS


@pytest.mark.parametrize("changes", [{"success": -1}, {"failures": 2**31}, {"errors": 1.5}, {"others": "1"}])
def test_figures_that_cannot_be_end_the_run_like_any_event_that_nobody_can_read(
    layer: Layer, agent_id: str, told: list[tuple[str, str, int]], changes: dict[str, Any]
) -> None:
    claimed = start(layer, agent_id)
    key = layer.row(claimed.run_id).spec["steps"][0]["key"]
    assert layer.recorder.store(agent_id, report(claimed, b"", 0, 0, unit_tests(key, **changes))).done
    assert told == []
    assert "its agent reported something" in layer.row(claimed.run_id).reason


def coverage(stage: str, seq: int = 0, **counters: Any) -> dict[str, Any]:
    return event(seq, "coverage", stage=stage, **counters)


def test_coverage_is_told_like_tests(layer: Layer, agent_id: str) -> None:
    told: list[tuple[str, str, int, bool]] = []

    def hear(_session: Session, run: Run, reported: ReportedCoverage) -> None:
        assert reported.lines is not None
        told.append((run.id, reported.stage, reported.lines.covered, reported.branches is None))

    layer.runs.reported.add_coverage(hear)
    claimed = start(layer, agent_id)
    key = layer.row(claimed.run_id).spec["steps"][0]["key"]
    events = [coverage(key, lines={"covered": 2, "total": 3}), coverage("stage77", 1), finished(2, 0)]
    assert layer.recorder.store(agent_id, report(claimed, b"", 0, 0, *events)).done
    assert told == [(claimed.run_id, key, 2, True)]


def test_a_run_that_is_handed_out_again_is_told_before_its_next_attempt(layer: Layer, agent_id: str) -> None:
    again: list[tuple[str, int]] = []
    layer.runs.reported.add_again(lambda _session, run: again.append((run.id, run.attempt)))
    first = start(layer, agent_id)
    assert again == []
    layer.end_lease(first.run_id)
    layer.recorder.forget(layer.leases.reap())
    assert layer.claim(agent_id).run_id == first.run_id
    assert again == [(first.run_id, 1)]


def test_what_a_run_checked_out_is_told_once_it_is_stored(layer: Layer, agent_id: str) -> None:
    told: list[str] = []

    def hear(session: Session, run: Run) -> None:
        told.append(session.scalars(select(Run.commit_id).where(Run.id == run.id)).one())

    layer.runs.reported.add_sources(hear)
    claimed = start(layer, agent_id)
    source = event(0, "source", url="https://git.example.com/a/b", branch="main", commit="a" * 40)
    for _ in range(2):
        layer.recorder.store(agent_id, report(claimed, b"", 0, 0, source))
    layer.recorder.store(agent_id, report(claimed, b"", 0, 1, finished(1, 0)))
    assert told == ["a" * 40]
