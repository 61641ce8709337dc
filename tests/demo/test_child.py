"""The end of what a demonstration has started."""

import os
from collections.abc import Iterator

import pytest

from bottega.agent.lifetime import hold_folder
from bottega.demo import child
from bottega.demo.child import end_builds, kill
from tests.agent.runner.attempts import Attempts, marker, processes_with, sh, wait_for_output
from tests.support.waiting import eventually


@pytest.fixture
def attempts() -> Iterator[Attempts]:
    made = Attempts()
    yield made
    made.close()


def test_nothing_of_a_build_that_was_killed_is_left(attempts: Attempts) -> None:
    word = marker()
    spool = attempts.start(
        sh(f"for one in 1 2 3 4 5; do setsid sh -c ': {word}; sleep 1000; :' & done; echo up; wait")
    )
    wait_for_output(spool, "up")
    eventually(lambda: len(processes_with(word)) >= 5)
    kill([spool])
    assert processes_with(word) == []
    assert not spool.runner_alive()


def test_builds_are_ended_also_when_their_agent_does_not_end(
    attempts: Attempts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "AGENT_SECONDS", 0.0)
    word, folder = marker(), attempts.base / "agent"
    spool = attempts.create(sh(f": {word}; echo up; sleep 1000"), root=folder / "spool")
    spool.start_runner()
    wait_for_output(spool, "up")
    held = hold_folder(folder)
    assert held is not None
    end_builds(folder, hurried=False)
    os.close(held)
    assert processes_with(word) == []
    assert not spool.runner_alive()
