"""The end of what a demonstration has started."""

from collections.abc import Iterator

import pytest

from bottega.demo.child import kill
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
