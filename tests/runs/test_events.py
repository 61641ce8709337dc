"""What agents report of themselves and of repositories is checked before it reaches a row."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bottega.runs.events import clean, instant
from bottega.runs.states import RunState
from tests.runs.conftest import Layer
from tests.runs.test_recorder import event, report, start


def test_a_commit_is_kept_with_its_time_in_milliseconds(layer: Layer, agent_id: str) -> None:
    claimed = start(layer, agent_id)
    source = event(
        0, "source", url="https://x/y.git", commit="c" * 40, committed_at="2026-01-02T03:04:05+08:00"
    )
    layer.recorder.store(agent_id, report(claimed, b"", 0, 0, source))
    row = layer.row(claimed.run_id)
    assert (row.commit_id, row.committed_at) == ("c" * 40, 1_767_294_245_000)


def test_what_a_repository_claims_of_itself_never_stops_the_recording(layer: Layer, agent_id: str) -> None:
    claimed = start(layer, agent_id)
    texts: dict[str, Any] = {
        "message": "nul \0 and half \ud800",
        "author": "a" * 100_000,
        "branch": "b" * 10_000,
    }
    source = event(0, "source", committed_at="99999-13-01", commit="d" * 900, **texts)
    answer = layer.recorder.store(agent_id, report(claimed, b"", 0, 0, source))
    assert answer.event_count == 1
    row = layer.row(claimed.run_id)
    assert row.committed_at is None
    assert "\0" not in row.commit_message


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "started"},
        event(0, "unheard-of"),
        event(0, "stage", key=1, name="Shell", state="running"),
        event(0, "finished", outcome="success", exit_code=2**40),
        event(-1, "started"),
    ],
)
def test_an_event_nobody_can_read_ends_the_run_with_the_reason(
    layer: Layer, agent_id: str, wrong: dict[str, Any]
) -> None:
    claimed = start(layer, agent_id)
    assert layer.recorder.store(agent_id, report(claimed, b"", 0, 0, wrong)).done
    row = layer.row(claimed.run_id)
    assert row.state == RunState.SCHEDULE_FAILURE
    assert "cannot read" in row.reason


def test_figures_that_json_cannot_hold_are_left_out(layer: Layer, agent_id: str) -> None:
    claimed = start(layer, agent_id)
    usage = {"cpu_seconds": float("nan"), "wall_seconds": 1.5, "memory": float("inf")}
    end = event(0, "finished", outcome="success", usage=usage)
    assert layer.recorder.store(agent_id, report(claimed, b"", 0, 0, end)).done
    assert layer.row(claimed.run_id).usage == {"wall_seconds": 1.5}


@given(st.text(alphabet=st.characters(), max_size=60), st.integers(0, 70))
def test_a_clean_text_can_be_stored_and_sent(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    assert len(cleaned) <= limit
    assert "\0" not in cleaned
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned


@given(st.text())
def test_any_text_is_a_date_or_none(text: str) -> None:
    assert instant(text) is None or isinstance(instant(text), int)
