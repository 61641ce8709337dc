"""Keeping the folder of mirrors small."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bottega.scm.garbage import collect_garbage
from bottega.scm.locks import LockBusy, held
from bottega.scm.mirror import Mirrors
from tests.scm.origins import Origin, object_count
from tests.scm.steps import FolderContext
from tests.support.waiting import eventually

Make = Callable[..., FolderContext]
DAY = 86400


def test_a_mirror_that_no_build_used_for_long_is_removed(origin: Origin, context: Make) -> None:
    ctx = context("one")
    assert ctx.checkout(origin.url, branch="main") == 0
    Mirrors(ctx.mirrors_root).unpin("one")
    assert collect_garbage(ctx.mirrors_root, 30).removed == 0
    assert collect_garbage(ctx.mirrors_root, 30, now=time.time() + 31 * DAY).removed == 1
    assert list(ctx.mirrors_root.glob("*.git")) == list(ctx.mirrors_root.glob("*.lock")) == []
    assert context("two").checkout(origin.url, branch="main") == 0


def test_a_mirror_in_use_is_left_alone(origin: Origin, context: Make) -> None:
    ctx = context("one")
    assert ctx.checkout(origin.url, branch="main") == 0
    (mirror,) = Mirrors(ctx.mirrors_root).all()
    later = time.time() + 31 * DAY
    assert collect_garbage(ctx.mirrors_root, 30, lambda: {"one"}, now=later).removed == 0
    with held(mirror.lock):
        assert collect_garbage(ctx.mirrors_root, 30, tuple, now=later).busy == 1
    assert mirror.exists


def test_pins_of_runs_that_are_over_are_dropped(origin: Origin, context: Make) -> None:
    for run_id in ("one", "two"):
        assert context(run_id).checkout(origin.url, branch="main") == 0
    ctx = context("three")
    (mirror,) = Mirrors(ctx.mirrors_root).all()
    collect_garbage(ctx.mirrors_root, 30)
    assert len(mirror.pins()) == 2
    collect_garbage(ctx.mirrors_root, 30, lambda: {"two"})
    assert [run for run, _ in mirror.pins()] == ["two"]


def test_objects_go_only_when_no_build_is_pinned(origin: Origin, context: Make) -> None:
    origin.commit("lost", file="lost")
    ctx = context("one")
    assert ctx.checkout(origin.url, branch="main") == 0
    origin.git("reset", "--quiet", "--hard", "HEAD~1")
    two = context("two")
    assert two.checkout(origin.url, branch="main") == 0
    Mirrors(ctx.mirrors_root).unpin("one")
    torn = ctx.mirror / "objects/pack/tmp_pack_torn"
    torn.write_bytes(b"x")
    everything = object_count(ctx.mirror)

    assert collect_garbage(ctx.mirrors_root, 30).packed == 1
    assert object_count(ctx.mirror) == everything

    Mirrors(ctx.mirrors_root).unpin("two")
    torn.touch()
    assert collect_garbage(ctx.mirrors_root, 30).packed == 1
    assert object_count(ctx.mirror) == everything - 3
    assert not torn.exists()
    assert two.git_in_workspace("status", "--porcelain") == ""


def test_left_overs_of_killed_processes_are_swept_when_they_are_old(origin: Origin, context: Make) -> None:
    ctx = context("one")
    assert ctx.checkout(origin.url, branch="main") == 0
    root = ctx.mirrors_root
    old, young = root / "new-old", root / "new-young"
    secret, broken = root / "private/git-x", root / "abc.broken-1"
    for folder in (old, young, secret, broken):
        folder.mkdir()
        (folder / "file").touch()
    for folder in (old, secret, broken):
        then = time.time() - 2 * DAY
        os.utime(folder, (then, then))
    collect_garbage(root, 30)
    assert [path.exists() for path in (old, young, secret, broken, ctx.mirror)] == [
        False,
        True,
        False,
        False,
        True,
    ]


def test_one_mirror_that_cannot_be_dealt_with_does_not_keep_the_others(origin: Origin, context: Make) -> None:
    ctx = context("one")
    assert ctx.checkout(origin.url, branch="main") == 0
    (mirror,) = Mirrors(ctx.mirrors_root).all()
    # A folder in the place of its lock, which comes first in the order of names.
    (ctx.mirrors_root / "0.git").mkdir()
    (ctx.mirrors_root / "0.lock").mkdir()
    collected = collect_garbage(ctx.mirrors_root, 30, tuple, now=time.time() + 31 * DAY)
    assert collected.removed == 1
    assert not mirror.exists
    assert len(collected.failures) == 1
    assert collected.failures[0].startswith("0.git: ")


SLOW_GIT = """#!/bin/sh
for word in "$@"; do
    if [ "$word" = gc ]; then
        echo $$ >{started}.new && mv {started}.new {started}
        exec sleep 1000
    fi
done
exec {git} "$@"
"""
COLLECT = "import pathlib, sys; from bottega.scm.garbage import collect_garbage as c; c(pathlib.Path(sys.argv[1]), 30)"


def test_a_mirror_stays_locked_while_git_packs_it_even_when_the_agent_was_killed(
    origin: Origin, context: Make, tmp_path: Path
) -> None:
    ctx = context("one")
    assert ctx.checkout(origin.url, branch="main") == 0
    Mirrors(ctx.mirrors_root).unpin("one")
    (mirror,) = Mirrors(ctx.mirrors_root).all()
    (mirror.path / "objects/pack/tmp_pack_torn").touch()
    started = tmp_path / "started"
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text(SLOW_GIT.format(started=started, git=shutil.which("git")))
    slow.chmod(0o755)
    environment = {**os.environ, "PATH": f"{slow.parent}:{os.environ['PATH']}"}
    agent = subprocess.Popen([sys.executable, "-c", COLLECT, str(ctx.mirrors_root)], env=environment)
    pid = int(eventually(lambda: started.exists() and started.read_text()))
    agent.kill()
    agent.wait()
    try:
        with pytest.raises(LockBusy), held(mirror.lock):
            pass
    finally:
        os.kill(pid, signal.SIGKILL)

    def free() -> bool:
        try:
            with held(mirror.lock):
                return True
        except LockBusy:
            return False

    assert eventually(free)
