"""Steps that use up everything; each runs under a guard that keeps the host safe whatever happens."""

from collections.abc import Callable

import pytest

from bottega.agent.sandbox import Facilities

from .arena import MIB, PYTHON, Arena, at_level

# Bounded on purpose: a bomb that the limits do not hold ends by itself.
FORK_BOMB = """
import os, signal
refused = 0
for _ in range(400):
    try:
        if os.fork() == 0:
            signal.pause()
            os._exit(0)
    except OSError:
        refused += 1
print("refused", refused, flush=True)
signal.pause()
"""
LIVE_FORK_BOMB = """
import os, sys
print("ready", flush=True)
while True:
    try:
        os.fork()
    except OSError:
        pass
"""
MEMORY_BOMB = """
held = []
for _ in range(64):
    held.append(bytearray(8 << 20))
print("survived")
"""


def python(arena: Arena, program: str):
    return arena.start(PYTHON, "-I", "-S", "-c", program, arena.marker)


def test_a_fork_bomb_meets_its_limit_and_dies(
    facilities: Facilities, make_arena: Callable[..., Arena]
) -> None:
    if facilities.cgroup in ("none", "v2-kill"):
        pytest.skip("this host has no limits by control groups: " + "; ".join(facilities.notes))
    arena = make_arena(facilities, pids=40).open()
    step = python(arena, FORK_BOMB)
    refused = int(step.says("refused").split()[1])
    assert refused >= 360
    assert len(arena.survivors()) <= 40
    assert arena.ask("usage")["pids_refused"] > 0
    assert step.kill() == 137
    assert arena.survivors() == []


def test_processes_are_bounded_without_control_groups(
    facilities: Facilities, make_arena: Callable[..., Arena]
) -> None:
    arena = make_arena(facilities.replace(cgroup="none"), pids=40).open()
    step = python(arena, FORK_BOMB)
    refused = int(step.says("refused").split()[1])
    # Where builds share the agent's uid, its other processes come and go meanwhile.
    assert refused >= (360 if facilities.own_uid else 250)
    assert step.kill() == 137
    assert arena.survivors() == []


def test_a_live_fork_bomb_is_killed(facilities: Facilities, make_arena: Callable[..., Arena]) -> None:
    if facilities.cgroup in ("none", "v2-kill") and not facilities.own_uid:
        pytest.skip("neither control groups nor an own uid: too little guards the host against a live bomb")
    arena = make_arena(facilities, pids=32, cpus=0.5).open()
    step = python(arena, LIVE_FORK_BOMB)
    step.says("ready")
    assert arena.ask("kill_all")
    assert step.wait() == 137
    assert arena.survivors() == []


def test_a_memory_bomb_is_killed_and_counted(
    facilities: Facilities, make_arena: Callable[..., Arena]
) -> None:
    if facilities.cgroup in ("none", "v2-kill"):
        pytest.skip("this host has no memory limits: " + "; ".join(facilities.notes))
    arena = make_arena(facilities, memory_bytes=64 * MIB).open()
    step = python(arena, MEMORY_BOMB)
    assert step.wait() == 137
    assert "survived" not in step.output
    usage = arena.ask("usage")
    assert usage["oom_kills"] > 0
    assert usage["memory_peak_bytes"] <= 64 * MIB


def test_version_1_groups_alone_bound_processes_and_memory(
    probed: Facilities, make_arena: Callable[..., Arena]
) -> None:
    if "v1" not in probed.cgroup:
        pytest.skip("this host has no version 1 control groups")
    facilities = at_level(probed, "process").replace(cgroup="v1")
    arena = make_arena(facilities, pids=40, memory_bytes=64 * MIB).open()
    assert python(arena, MEMORY_BOMB).wait() == 137
    step = python(arena, FORK_BOMB)
    assert int(step.says("refused").split()[1]) >= 360
    assert step.kill() == 137
    usage = arena.ask("usage")
    assert usage["oom_kills"] > 0
    assert usage["pids_refused"] > 0
    assert usage["cpu_seconds"] > 0


def test_processor_time_is_shared_out(facilities: Facilities, make_arena: Callable[..., Arena]) -> None:
    if facilities.cgroup in ("none", "v2-kill"):
        pytest.skip("this host has no processor limits: " + "; ".join(facilities.notes))
    arena = make_arena(facilities, cpus=0.2).open()
    script = "import time; end = time.monotonic() + 0.5\nwhile time.monotonic() < end: pass\nprint(time.process_time())"
    step = python(arena, script)
    assert step.wait() == 0
    # Half a second of wanting a whole processor, of which a fifth was granted (and some periods of slack).
    assert float(step.output) < 0.35


def test_private_folders_are_capped(facilities: Facilities, make_arena: Callable[..., Arena]) -> None:
    if facilities.level != "bubblewrap":
        pytest.skip(f"level {facilities.level} has no private /tmp and home of a fixed size")
    arena = make_arena(facilities).open()
    for folder, size in (("/tmp", 8), ("/home/build", 4), ("/dev/shm", 8)):
        step = arena.shell(
            f"head -c 32M /dev/zero > {folder}/filler; stat -c %s {folder}/filler; rm {folder}/filler"
        )
        assert step.wait() == 0, step.output
        assert int(step.output.split()[-1]) <= size * MIB
        assert "No space left" in step.output


def test_nothing_else_in_memory_can_be_filled(
    facilities: Facilities, make_arena: Callable[..., Arena]
) -> None:
    if facilities.level != "bubblewrap":
        pytest.skip(f"level {facilities.level} has no view of its own")
    arena = make_arena(facilities).open()
    step = arena.shell(
        "for folder in / /dev /run /var /home /etc /proc; do echo x > $folder/filler; done; ls /*/filler"
    )
    assert step.wait() != 0
    assert "\n/" not in step.output.replace("ls: ", "")
    assert arena.shell("echo x > /dev/null && head -c1 /dev/urandom").wait() == 0


def test_no_file_grows_beyond_its_limit(facilities: Facilities, make_arena: Callable[..., Arena]) -> None:
    arena = make_arena(facilities, file_bytes=MIB).open()
    step = arena.shell("head -c 3M /dev/zero > big")
    assert step.wait() not in (0, None)
    assert (arena.workspace / "big").stat().st_size == MIB
