import os
import time
from collections.abc import Callable

from bottega.scm.garbage import collect_garbage
from bottega.scm.locks import held
from bottega.scm.mirror import Mirrors
from tests.scm.origins import Origin, object_count
from tests.scm.steps import FolderContext

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
