"""Disks that are full: always a report, never a hang."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.runner.attempts import AS_ROOT, Attempts, ended, marker, processes_with, sh, wait_for_output
from tests.support.waiting import eventually


@pytest.fixture
def small_disk(attempts: Attempts) -> Iterator[Path]:
    place = attempts.base / "disk"
    place.mkdir()
    if not AS_ROOT:
        pytest.skip("mounting a small disk needs root")
    command = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", str(place)]
    if (done := subprocess.run(command, check=False, capture_output=True, text=True)).returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    yield place
    eventually(
        lambda: subprocess.run(["umount", str(place)], check=False, capture_output=True).returncode == 0
    )


def test_a_log_that_fills_the_disk_ends_the_run_with_an_error_naming_it(
    attempts: Attempts, small_disk: Path
) -> None:
    word = marker()
    number = f"1000.{int(word[1:9], 16)}"
    spool = attempts.create(sh(f"setsid sleep {number} & yes"), sh("echo never", "B"), root=small_disk)
    spool.start_runner()
    report = ended(spool)
    assert report["outcome"] == "error"
    assert "No space left on device" in report["reason"]
    assert processes_with(number) == []
    assert [event["type"] for event in spool.read_events(0)][-1] == "finished"
    spool.remove()


def fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("ab", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    return ballast


def test_a_disk_that_others_filled_is_reported_once_there_is_room(
    attempts: Attempts, small_disk: Path
) -> None:
    word = marker()
    script = f": {word}; echo it-is-up; while [ ! -e go ]; do sleep 0.05; done; yes"
    spool = attempts.create(sh(f"sh -c '{script}'"), root=small_disk)
    spool.start_runner()
    wait_for_output(spool, "it-is-up")
    # Even what the runner keeps back for its report is lost.
    (spool.path / "reserve").unlink()
    ballast = fill(small_disk)
    (Path(spool.spec()["workspace"]) / "go").touch()
    eventually(lambda: not processes_with(word))
    assert spool.runner_alive()
    ballast.unlink()
    report = eventually(spool.exit)
    assert report is not None
    assert report["outcome"] == "error"
    assert "No space left on device" in report["reason"]
    eventually(lambda: not spool.runner_alive())
    spool.remove()


def test_a_disk_that_is_full_at_the_start_runs_nothing(attempts: Attempts, small_disk: Path) -> None:
    spool = attempts.create(sh("echo never"), root=small_disk)
    ballast = fill(small_disk)
    spool.start_runner()
    eventually((spool.path / "lock").exists)
    # Each try to write leaves its mark on the folder: a file that comes, and goes because it cannot be filled.
    for _ in range(2):
        changed = spool.path.stat().st_mtime_ns
        eventually(lambda changed=changed: spool.path.stat().st_mtime_ns != changed)
    ballast.unlink()
    # Without room for runner.json nobody knows the runner; its report comes all the same.
    report = eventually(spool.exit)
    assert report is not None
    assert (report["outcome"], report["reason"]) == (
        "error",
        "The spool folder cannot be written: No space left on device",
    )
    assert spool.log_size() == 0
    spool.remove()
