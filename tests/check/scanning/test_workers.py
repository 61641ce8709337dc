import os
import signal
from pathlib import Path

import pytest

from bottega.check.scanning import workers as module
from bottega.check.scanning.looking import Look
from bottega.check.scanning.running import Processes
from bottega.check.scanning.workers import WorkerFailed, Workers
from tests.check.scanning.folders import write


def task(name: str) -> Look:
    return Look(
        name=name.encode(), path=name, languages=("PYTHON",), max_bytes=1 << 20, max_line=9_999, measure=True
    )


def test_a_file_that_kills_its_worker_costs_only_itself(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "x = 1\n", "b.py": "y = 2\n"})
    processes = Processes()
    with Workers(tmp_path, tmp_path, 1, processes) as workers:
        assert workers.look([task("a.py")])[0].result().metrics
        (group,) = processes._groups
        os.killpg(group, signal.SIGKILL)
        with pytest.raises(WorkerFailed):
            workers.look([task("a.py")])[0].result()
        assert workers.look([task("b.py")])[0].result().metrics
    assert not processes._groups


def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SECONDS", 0.0)
    write(tmp_path, {"a.py": "x = 1\n"})
    with (
        Workers(tmp_path, tmp_path, 1, Processes()) as workers,
        pytest.raises(WorkerFailed, match="no answer within"),
    ):
        workers.look([task("a.py")])[0].result()


def test_a_file_that_is_gone_says_so(tmp_path: Path) -> None:
    with (
        Workers(tmp_path, tmp_path, 1, Processes()) as workers,
        pytest.raises(WorkerFailed, match="FileNotFoundError"),
    ):
        workers.look([task("gone.py")])[0].result()


def test_what_lies_in_the_folder_is_never_imported(tmp_path: Path) -> None:
    write(tmp_path, {"msgspec.py": "raise SystemExit\n", "bottega/__init__.py": "raise SystemExit\n"})
    with Workers(tmp_path, tmp_path, 1, Processes()) as workers:
        assert workers.look([task("msgspec.py")])[0].result().metrics
