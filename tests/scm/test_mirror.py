import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from bottega.scm.locks import LockBusy, held
from bottega.scm.mirror import Mirror, Mirrors
from tests.scm.origins import GIT_ENV, Origin, object_count
from tests.scm.steps import FolderContext

Make = Callable[..., FolderContext]

_ONE_BUILD = """
import sys
from pathlib import Path
from tests.scm.steps import FolderContext
ctx = FolderContext(Path(sys.argv[1]), sys.argv[2])
sys.stdin.read(1)
code = ctx.checkout(sys.argv[3], branch="main")
print([line for line in ctx.lines if line[0] in ("ERROR", "WARN")])
sys.exit(code)
"""


def on_mirror(mirror: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", f"--git-dir={mirror}", *arguments], env=GIT_ENV, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_eight_builds_at_once_share_one_mirror(origin: Origin, tmp_path: Path) -> None:
    for number in range(5):
        origin.git("branch", f"b{number}")
    builds = [
        subprocess.Popen(
            [sys.executable, "-c", _ONE_BUILD, tmp_path / "agent", f"run{number}", origin.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=Path(__file__).parents[2],
        )
        for number in range(8)
    ]
    for build in builds:
        assert build.stdin
        build.stdin.write(b"x")
        build.stdin.flush()
    outputs = [build.communicate()[0].decode() for build in builds]
    assert [build.returncode for build in builds] == [0] * 8, outputs
    assert set(outputs) == {"[]\n"}
    (mirror,) = Mirrors(tmp_path / "agent/mirrors").all()
    assert len(mirror.pins()) == 8


def test_a_pinned_build_survives_a_force_push_and_a_collection(origin: Origin, context: Make) -> None:
    origin.commit("to be lost", file="lost")
    ctx = context("one")
    assert ctx.checkout(origin.url, branch="main") == 0
    lost = ctx.env["COMMIT_ID"]
    origin.git("reset", "--quiet", "--hard", "HEAD~1")
    assert context("two").checkout(origin.url, branch="main") == 0
    on_mirror(ctx.mirror, "gc", "--quiet", "--prune=now")
    assert ctx.git_in_workspace("status", "--porcelain") == ""
    assert ctx.git_in_workspace("log", "-1", "--format=%s") == "to be lost"

    Mirrors(ctx.mirrors_root).unpin("one")
    on_mirror(ctx.mirror, "reflog", "expire", "--all", "--expire=now")
    on_mirror(ctx.mirror, "gc", "--quiet", "--prune=now")
    gone = subprocess.run(
        ["git", f"--git-dir={ctx.mirror}", "cat-file", "-e", lost], env=GIT_ENV, check=False
    )
    assert gone.returncode != 0, "without its pin the commit goes, so the pin was what kept it"


def test_a_deleted_branch_makes_room_for_one_below_its_name(origin: Origin, context: Make) -> None:
    origin.git("branch", "topic")
    assert context("one").checkout(origin.url, branch="topic") == 0
    origin.git("branch", "-D", "topic")
    origin.git("branch", "topic/more")
    assert context("two").checkout(origin.url, branch="topic/more") == 0
    three = context("three")
    assert three.checkout(origin.url, branch="topic") == 1
    assert "'topic/more'" in three.errors()[0]


def cut_packs(mirror: Path) -> None:
    on_mirror(mirror, "repack", "-a", "-d", "-q")
    for pack in mirror.glob("objects/pack/*.pack"):
        pack.chmod(0o644)
        pack.write_bytes(pack.read_bytes()[: pack.stat().st_size // 2])


def loose_object(mirror: Path, name: str = "refs/heads/main:file") -> Path:
    """The file of one object, after all objects were taken out of their packs."""
    for pack in list(mirror.glob("objects/pack/*.pack")):
        moved = pack.rename(mirror / "moved")
        pack.with_suffix(".idx").unlink()
        with moved.open("rb") as content:
            unpack = ["git", f"--git-dir={mirror}", "unpack-objects", "-q"]
            subprocess.run(unpack, stdin=content, env=GIT_ENV, check=True)
        moved.unlink()
    found = on_mirror(mirror, "rev-parse", name).strip()
    return mirror / "objects" / found[:2] / found[2:]


def lose_a_blob(mirror: Path) -> None:
    loose_object(mirror).unlink()


def garble_a_blob(mirror: Path) -> None:
    path = loose_object(mirror)
    path.chmod(0o644)
    path.write_bytes(b"\x78\x01garbage")


def lose_all_packs(mirror: Path) -> None:
    for path in mirror.glob("objects/pack/*"):
        path.unlink()


def lose_the_commit(mirror: Path) -> None:
    loose_object(mirror, "refs/heads/main").unlink()


def lose_head(mirror: Path) -> None:
    (mirror / "HEAD").unlink()


def garble_config(mirror: Path) -> None:
    (mirror / "config").write_text("[core\n\0")


@pytest.mark.parametrize("damage", [cut_packs, lose_a_blob, garble_a_blob, lose_head, garble_config])
def test_a_damaged_mirror_is_made_anew_with_a_warning(
    origin: Origin, context: Make, damage: Callable[[Path], None]
) -> None:
    first = context("one")
    assert first.checkout(origin.url, branch="main") == 0
    damage(first.mirror)
    second = context("two")
    assert second.checkout(origin.url, branch="main") == 0, second.lines
    assert (second.workspace / "file").read_text() == "one\n"
    warnings = [message for level, message in second.lines if level == "WARN"]
    assert len(warnings) == 1
    assert "damaged" in warnings[0]
    # The first build's pin moved over, and its workspace is whole again.
    assert {run for run, _ in Mirror(second.mirror).pins()} == {"one", "two"}
    assert first.git_in_workspace("fsck", "--connectivity-only") == ""


@pytest.mark.parametrize("lose", [lose_all_packs, lose_the_commit])
def test_lost_objects_are_fetched_again(origin: Origin, context: Make, lose: Callable[[Path], None]) -> None:
    first = context("one")
    assert first.checkout(origin.url, branch="main") == 0
    lose(first.mirror)
    second = context("two")
    assert second.checkout(origin.url, branch="main") == 0, second.lines
    assert first.git_in_workspace("fsck", "--connectivity-only") == ""


def test_a_damaged_remote_does_not_cost_the_mirror(origin: Origin, context: Make) -> None:
    first = context("one")
    assert first.checkout(origin.url, branch="main") == 0
    origin.commit("broken", file="broken")
    blob = origin.git("rev-parse", "HEAD:file")
    (origin.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    objects = object_count(first.mirror)
    second = context("two")
    assert second.checkout(origin.url, branch="main") == 1
    assert len(second.errors()) == 1
    assert object_count(second.mirror) == objects
    assert not list(second.mirrors_root.glob("*.broken-*"))
    assert context("three").checkout(origin.url, commit=first.env["COMMIT_ID"]) == 0


def test_lock_files_of_a_killed_git_are_no_obstacle(origin: Origin, context: Make) -> None:
    first = context("one")
    assert first.checkout(origin.url, branch="main") == 0
    (first.mirror / "refs/heads/main.lock").touch()
    (first.mirror / "packed-refs.lock").touch()
    latest = origin.commit("next", file="next")
    second = context("two")
    assert second.checkout(origin.url, branch="main") == 0, second.lines
    assert second.env["COMMIT_ID"] == latest
    assert not [level for level, _ in second.lines if level == "WARN"]


def test_a_build_waits_for_the_lock_and_says_so(origin: Origin, context: Make) -> None:
    first = context("one")
    assert first.checkout(origin.url, branch="main") == 0
    lock = Mirror(first.mirror).lock
    holder = subprocess.Popen(
        ["flock", lock, "sh", "-c", "echo held; read x"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdin
    assert holder.stdout
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(LockBusy), held(lock):
        pass
    second = context("two")
    stdin, plain = holder.stdin, second.run_trusted

    def let_go(argv: Sequence[str], *, env: Mapping[str, str], cwd: str) -> int:
        stdin.close()
        return plain(argv, env=env, cwd=cwd)

    second.run_trusted = let_go  # type: ignore[method-assign]
    assert second.checkout(origin.url, branch="main") == 0
    holder.wait()
    holder.stdout.close()
    assert any("waiting for it" in message for _, message in second.lines)


def test_a_lock_whose_file_was_removed_guards_nothing_and_is_taken_anew(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    with held(path):
        path.unlink()
        with held(path), pytest.raises(LockBusy), held(path):
            pass


def test_all_runners_of_an_agent_agree_on_the_salt(tmp_path: Path) -> None:
    salts = {(Mirrors(tmp_path), (tmp_path / "salt").read_bytes())[1] for _ in range(3)}
    assert [len(salt) for salt in salts] == [64]
