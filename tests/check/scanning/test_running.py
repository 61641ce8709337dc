import os
import sys
import time
from pathlib import Path

import pytest

from bottega.check.engines.base import EngineFailed
from bottega.check.scanning import running
from bottega.check.scanning.running import BoundedRunner, Processes
from tests.support.waiting import eventually


def runner(scratch: Path, *, seconds: float = 60, memory: int = 1 << 30) -> BoundedRunner:
    return BoundedRunner(
        Processes(), scratch, deadline=time.monotonic() + 60, seconds=seconds, memory_bytes=memory
    )


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_a_command_gets_its_input_its_variables_and_gives_its_output(tmp_path: Path) -> None:
    done = runner(tmp_path)(
        ["sh", "-c", 'cat; echo "$WORD"; echo oops >&2; exit 3'],
        folder=tmp_path,
        stdin=b"in ",
        env={"WORD": "w"},
    )
    assert (done.code, done.stdout, done.stderr) == (3, b"in w\n", b"oops\n")


def test_secrets_of_our_own_environment_are_not_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOTTEGA_SECRET", "hush")
    assert b"hush" not in runner(tmp_path)(["env"], folder=tmp_path).stdout


def test_a_command_that_hangs_is_killed_with_all_it_started(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match="killed after"):
        runner(tmp_path, seconds=0.5)(["sh", "-c", "sleep 600 & echo $! > child; wait"], folder=tmp_path)
    child = int((tmp_path / "child").read_text())
    eventually(lambda: gone(child))


def test_what_a_command_leaves_behind_is_killed_too(tmp_path: Path) -> None:
    done = runner(tmp_path)(["sh", "-c", "sleep 600 >/dev/null & echo $!"], folder=tmp_path)
    eventually(lambda: gone(int(done.stdout)))


def test_memory_is_bounded(tmp_path: Path) -> None:
    eat = [sys.executable, "-c", "x = b'x' * (600 << 20); print(len(x))"]
    assert runner(tmp_path, memory=200 << 20)(eat, folder=tmp_path).code != 0


def test_output_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "MAX_OUTPUT", 1 << 20)
    with pytest.raises(EngineFailed, match=r"wrote more than|signal"):
        runner(tmp_path)(["sh", "-c", "exec yes"], folder=tmp_path)


def test_a_program_that_is_not_there_fails_clearly(tmp_path: Path) -> None:
    done = runner(tmp_path)(["/nowhere/analyser"], folder=tmp_path)
    assert done.code == 127
    with pytest.raises(EngineFailed, match="cannot be started"):
        runner(tmp_path)(["true"], folder=tmp_path / "nowhere")


def test_when_all_is_stopped_nothing_is_started_any_more(tmp_path: Path) -> None:
    processes = Processes()
    processes.stop()
    bounded = BoundedRunner(
        processes, tmp_path, deadline=time.monotonic() + 60, seconds=60, memory_bytes=1 << 30
    )
    with pytest.raises(EngineFailed, match="signal 9"):
        bounded(["sleep", "600"], folder=tmp_path)
    assert os.listdir(tmp_path) == []  # noqa: PTH208
