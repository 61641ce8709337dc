"""``bottega demo`` as a person runs it."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.support.catalogues import keep_catalogue
from tests.support.processes import free_port, processes_with
from tests.support.waiting import eventually

COMMAND = [sys.executable, "-m", "bottega", "demo"]
SECONDS = 120.0


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not below pytest's own folder: builds run as users of their own and must reach their workspace.
    root = Path(tempfile.mkdtemp(prefix="bottega-demo-"))
    root.chmod(0o711)
    yield root / "data"
    shutil.rmtree(root, ignore_errors=True)


def demo(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def states(folder: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{folder}/server/bottega.db?mode=ro", uri=True)) as database:
        return [state for (state,) in database.execute("SELECT state FROM runs ORDER BY number")]


def steps_in(folder: Path) -> list[str]:
    """Ids of processes that work in a workspace below ``folder`` or have it mounted, whatever they are called."""
    work = f"{folder}/server/agent/work/"
    # What is mounted is named as its own file system names it.
    mount = next(above for above in folder.parents if above.is_mount())
    mounted = f" /{work.removeprefix(str(mount)).lstrip('/')}"
    found: list[str] = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            mounts, place = (entry / "mountinfo").read_text(), str((entry / "cwd").readlink())
        except OSError:
            continue
        if mounted in mounts or place.startswith(work):
            found.append(entry.name)
    return found


def test_the_sample_is_built_and_checked_its_record_shown_and_its_data_kept(folder: Path) -> None:
    for number in (1, 2):
        done = demo("--exit", "--data-dir", str(folder), "--port", str(free_port()))
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"its build {number}:" in done.stdout
        assert "30 words were counted, 30 are there" in done.stdout
        assert re.search(r"status\W+SUCCESS", done.stdout)
        assert "Code checkout" in done.stdout
        # The check of the same repository.
        assert "words.py:7" in done.stdout
        assert "ruff:B006" in done.stdout
        assert done.stderr == ""
        assert processes_with(str(folder)) == []
    assert states(folder) == ["SUCCESS"] * 4


@contextmanager
def running_demo(folder: Path, until: str) -> Generator[tuple[subprocess.Popen[bytes], Path]]:
    """A demo that has printed ``until``, and the file that gets what it prints."""
    output = folder.parent / "output"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [*COMMAND, "--data-dir", str(folder), "--port", str(free_port())],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    try:
        eventually(lambda: until in output.read_text() or process.poll() is not None, SECONDS)
        assert process.poll() is None, output.read_text()
        yield process, output
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_while_the_build_runs_leaves_no_process_and_no_traceback(folder: Path, times: int) -> None:
    with running_demo(folder, "line 1") as (process, output):
        assert steps_in(folder)
        for _ in range(times):
            process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 128 + signal.SIGINT
    assert "Traceback" not in output.read_text()
    assert processes_with(str(folder)) == []
    assert steps_in(folder) == []
    if times == 1:
        assert states(folder) == ["ABORTED"]


def test_the_commands_it_prints_work_as_pasted_and_ctrl_c_ends_it_well(folder: Path) -> None:
    # Asking all analysers for their rules, as the first test here does, takes half a minute of a processor.
    keep_catalogue(folder / "server" / "check")
    with running_demo(folder, "Ctrl-C ends the server") as (process, output):
        second = demo("--data-dir", str(folder))
        assert second.stderr.startswith(f"bottega: another demo uses {folder}")
        shown = output.read_text()
        pasted = shown[shown.index("TOKEN=") : shown.index("Ctrl-C ends")]
        done = subprocess.run(
            ["bash", "-eu"], input=pasted, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        assert done.returncode == 0, done.stderr
        executed, history = (json.loads(line) for line in done.stdout.splitlines())
        assert executed["actual_build_number"] == "2"
        assert history["total"] == 2
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 0
    assert "Traceback" not in output.read_text()
    assert processes_with(str(folder)) == []


def test_a_taken_port_is_told_in_one_line(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = demo("--data-dir", str(folder), "--port", str(port))
    assert done.returncode == 1
    assert done.stderr == f"bottega: --port: cannot listen on 127.0.0.1:{port}: Address already in use\n"


def test_a_port_that_cannot_be_one_is_told_in_one_line(folder: Path) -> None:
    done = demo("--data-dir", str(folder), "--port", "70000")
    assert (done.returncode, done.stderr) == (1, "bottega: --port: 70000 is not between 0 and 65535\n")


def test_a_mistyped_option_is_named_without_a_traceback(folder: Path) -> None:
    done = demo("--data-dri", str(folder))
    assert done.returncode != 0
    assert "Did you mean --data-dir?" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_machine_without_git_is_told_what_is_missing(folder: Path) -> None:
    done = demo("--data-dir", str(folder), PATH="/nonexistent")
    assert done.returncode == 1
    assert done.stderr.startswith("bottega: git is not on PATH")
    assert not folder.exists()


def test_what_keeps_the_server_from_starting_is_told_in_one_line(folder: Path) -> None:
    (folder / "server").mkdir(parents=True)
    (folder / "server" / "bottega.toml").write_text("[http]\nprot = 1\n")
    done = demo("--data-dir", str(folder), "--port", str(free_port()))
    assert done.returncode == 1
    assert done.stderr.startswith("bottega: the server has ended: settings: ")
    assert "prot" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's builds run as users of their own")
def test_a_folder_that_build_users_cannot_reach_is_refused(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    done = demo("--data-dir", str(folder / "below"))
    assert done.returncode == 1
    assert f"build users cannot pass through {folder} (mode 0700)" in done.stderr
    assert len(done.stderr.splitlines()) == 1
