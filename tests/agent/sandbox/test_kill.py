"""Whatever a step starts, nothing of it outlives the step, the stop or the runner."""

import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from bottega.agent.sandbox import Facilities
from bottega.agent.sandbox.hierarchies import discover
from tests.support.waiting import eventually

from .arena import Arena, at_level
from .shapes import SHAPES


def stands(arena: Arena, shape: str, *seconds: str):
    step = arena.python("shapes.py", shape, *seconds)
    step.says("ready")
    return step


@pytest.fixture(params=["control groups", "no control groups"])
def grouped(request: pytest.FixtureRequest, facilities: Facilities) -> Facilities:
    """Each level with what the host offers, and with the sweep of processes alone."""
    if request.param == "control groups":
        if facilities.cgroup == "none":
            pytest.skip("this host has no control groups: " + "; ".join(facilities.notes))
        return facilities
    return facilities.replace(cgroup="none")


def test_a_stopped_tree_leaves_no_process(grouped: Facilities, make_arena: Callable[..., Arena]) -> None:
    arena = make_arena(grouped).open()
    for shape in SHAPES:
        step = stands(arena, shape)
        assert arena.survivors(), shape
        assert step.kill() == 137
        assert arena.survivors() == [], shape
        assert arena.ask("is_empty")


def test_a_step_that_ends_leaves_no_process(grouped: Facilities, make_arena: Callable[..., Arena]) -> None:
    arena = make_arena(grouped).open()
    for shape in SHAPES:
        step = stands(arena, shape, "0.05")
        assert step.wait() == 0
        assert arena.survivors() == [], shape


@pytest.mark.parametrize("shape", ["hard", "everything"])
def test_a_killed_runner_leaves_no_process(
    grouped: Facilities, make_arena: Callable[..., Arena], shape: str
) -> None:
    arena = make_arena(grouped).open()
    stands(arena, shape)
    arena.runner.kill()
    arena.runner.wait(10)
    eventually(lambda: not arena.survivors())
    eventually(lambda: not arena.groups())


def test_a_killed_runner_that_was_just_starting_a_step_leaves_no_process(
    facilities: Facilities, make_arena: Callable[..., Arena]
) -> None:
    for _ in range(3):
        arena = make_arena(facilities).open()
        arena.start("/bin/sleep", "600.5", env={"MARKER": arena.marker})
        arena.runner.kill()
        arena.runner.wait(10)
        eventually(lambda arena=arena: not arena.groups())
        eventually(lambda: not _sleepers("600.5"))


def test_a_stop_at_any_moment_after_the_start_leaves_no_process(
    grouped: Facilities, make_arena: Callable[..., Arena]
) -> None:
    arena = make_arena(grouped).open()
    chance = random.Random(11)
    script = 'setsid sh -c "sleep 600" "$0" & sleep 600'
    command = arena.command("/bin/sh", "-c", script, arena.marker)
    for _ in range(30):
        assert arena.ask(
            "start_and_stop", output=arena.output_path(), delay=chance.uniform(0, 0.012), **command
        )
    assert arena.survivors() == []


def test_terminate_reaches_the_step_and_not_what_encloses_it(arena: Arena) -> None:
    step = arena.shell('trap "echo asked; exit 3" TERM; echo ready; while :; do sleep 0.02; done')
    step.says("ready")
    step.terminate()
    assert step.wait() == 3
    assert "asked" in step.output


def test_terminate_reaches_every_process_of_the_step(arena: Arena) -> None:
    inner = 'trap "echo inner asked; exit 0" TERM; echo ready; while :; do sleep 0.02; done'
    step = arena.shell(f"trap 'wait' TERM; setsid sh -c '{inner}' {arena.marker} & wait")
    step.says("ready")
    step.terminate()
    step.says("inner asked")
    step.wait()


def test_terminate_right_after_the_start_is_not_lost(
    facilities: Facilities, make_arena: Callable[..., Arena]
) -> None:
    arena = make_arena(facilities).open()
    chance = random.Random(12)
    command = arena.command("/bin/sleep", "600")
    for _ in range(15):
        number = arena.ask(
            "start_and_terminate", output=arena.output_path(), delay=chance.uniform(0, 0.012), **command
        )
        assert arena.ask("wait", step=number, timeout=20)[0] == 143


def test_a_step_that_ignores_the_request_is_killed(arena: Arena) -> None:
    step = arena.shell('trap "" TERM; echo ready; while :; do sleep 0.05; done')
    step.says("ready")
    step.terminate()
    assert arena.ask("kill_all")
    assert step.wait() == 137
    assert arena.survivors() == []


def test_the_log_pipe_closes_with_the_main_process(arena: Arena) -> None:
    script = 'setsid sh -c "sleep 600" "$0" & echo done'
    assert arena.ask("read_to_end", **arena.command("/bin/sh", "-c", script, arena.marker)) == "done\n"
    assert arena.survivors() == []


def test_a_step_started_by_a_thread_that_ends_lives_on(
    facilities: Facilities, make_arena: Callable[..., Arena]
) -> None:
    arena = make_arena(facilities).open()
    step = arena.shell("echo ready; sleep 0.3; echo alive", thread=True)
    assert step.wait() == 0
    assert "alive" in step.output


def test_killing_everything_in_reach_harms_neither_server_nor_verdict(arena: Arena) -> None:
    if arena.uid is None and arena.facilities.level == "process":
        pytest.skip("without root a plain process may signal its runner, and nothing is promised")
    step = arena.shell("kill -9 $PPID; kill -9 -1; kill -9 $$")
    assert step.wait() == 137
    assert arena.runner.poll() is None
    assert arena.ask("is_empty")


def test_the_end_of_a_guardian_ends_its_step(arena: Arena) -> None:
    step = stands(arena, "everything")
    os.kill(step.pid, signal.SIGKILL)
    assert step.wait() == 137
    assert arena.ask("kill_all")
    assert arena.survivors() == []


def test_one_step_can_be_killed_while_another_runs(arena: Arena) -> None:
    first = arena.shell("echo ready; sleep 600")
    second = arena.shell("echo ready; while [ ! -e go ]; do sleep 0.02; done; exit 4")
    first.says("ready")
    second.says("ready")
    assert first.kill() == 137
    (arena.workspace / "go").touch()
    assert second.wait() == 4


def test_version_1_groups_alone_kill_as_well(probed: Facilities, make_arena: Callable[..., Arena]) -> None:
    if "v1" not in probed.cgroup:
        pytest.skip("this host has no version 1 control groups")
    arena = make_arena(at_level(probed, "process").replace(cgroup="v1")).open()
    for shape in SHAPES:
        assert stands(arena, shape).kill() == 137
        assert arena.survivors() == [], shape


def test_what_cannot_be_killed_is_not_called_empty(
    probed: Facilities, make_arena: Callable[..., Arena]
) -> None:
    freezer = discover().v1.get("freezer", "")
    if not freezer or not os.access(freezer, os.W_OK):
        pytest.skip("only the version 1 freezer makes a process that not even SIGKILL ends")
    arena = make_arena(at_level(probed, "process").replace(cgroup="none")).open()
    ice = Path(freezer) / f"guard-{arena.name}"
    ice.mkdir()
    try:
        arena.shell("echo ready; sleep 600").says("ready")
        for pid in arena.survivors():
            (ice / "cgroup.procs").write_text(str(pid))
        (ice / "freezer.state").write_text("FROZEN")
        assert not arena.ask("kill_all")
        assert not arena.ask("is_empty")
        (ice / "freezer.state").write_text("THAWED")
        eventually(lambda: arena.ask("is_empty"))
    finally:
        (ice / "freezer.state").write_text("THAWED")
        eventually(lambda: not (ice / "cgroup.procs").read_text())
        ice.rmdir()


def _sleepers(seconds: str) -> list[str]:
    lines = {entry.name: _command_line(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    return [pid for pid, line in lines.items() if line == [b"/bin/sleep", seconds.encode()]]


def _command_line(entry: Path) -> list[bytes]:
    try:
        return (entry / "cmdline").read_bytes().split(b"\0")[:-1]
    except OSError:
        return []
