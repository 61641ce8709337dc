import os
import signal
from collections.abc import Callable

import pytest

from bottega.agent.sandbox import Facilities, sweep_leftovers
from tests.support.waiting import eventually

from .arena import Arena, at_level


@pytest.fixture
def abandoned(probed: Facilities, make_arena: Callable[..., Arena]) -> Arena:
    """An attempt whose runner and guardian were killed in the same moment, so that nobody cleared it away."""
    if probed.cgroup == "none":
        pytest.skip("this host has no control groups: " + "; ".join(probed.notes))
    arena = make_arena(at_level(probed, "process")).open()
    step = arena.shell('setsid sh -c "sleep 600" "$0" & echo ready; sleep 600')
    step.says("ready")
    # Stopped, it cannot act on the end of its runner.
    os.kill(step.pid, signal.SIGSTOP)
    arena.runner.kill()
    arena.runner.wait(10)
    os.kill(step.pid, signal.SIGKILL)
    eventually(lambda: len(arena.survivors()) > 0)
    return arena


def test_what_a_lost_runner_left_is_killed_and_removed(abandoned: Arena) -> None:
    assert abandoned.groups()
    assert sweep_leftovers(keep=[]) >= 1
    assert abandoned.groups() == []
    eventually(lambda: not abandoned.survivors())


def test_attempts_to_keep_are_left_alone(abandoned: Arena) -> None:
    sweep_leftovers(keep=[abandoned.name])
    assert abandoned.groups()
    assert abandoned.survivors()
    sweep_leftovers(keep=[])


def test_attempts_of_a_living_runner_are_left_alone(
    probed: Facilities, make_arena: Callable[..., Arena]
) -> None:
    arena = make_arena(at_level(probed, "process")).open()
    step = arena.shell("echo ready; while [ ! -e go ]; do sleep 0.02; done; exit 6")
    step.says("ready")
    sweep_leftovers(keep=[])
    (arena.workspace / "go").touch()
    assert step.wait() == 6
