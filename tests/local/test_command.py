"""The command as people type it: exit codes, signals at bad moments, and what a terminal is shown."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.runner.attempts import marker
from tests.local.projects import Project
from tests.support.processes import processes_with
from tests.support.waiting import eventually

SECONDS = 60.0


class Typed:
    """One ``bottega build`` as a process of its own."""

    def __init__(self, project: Project, output: Path, *arguments: str, stdout: int | None = None) -> None:
        self._output = output
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bottega", "build", str(project.path), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file if stdout is None else stdout,
                stderr=subprocess.STDOUT if stdout is None else None,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self._output.read_text("utf-8", "replace")

    def shows(self, word: str) -> None:
        eventually(lambda: word in self.output or self.process.poll() is not None, SECONDS)
        assert word in self.output

    def end(self) -> int:
        return self.process.wait(SECONDS)


@pytest.fixture
def started(project: Project, folder: Path) -> Iterator[list[Typed]]:
    made: list[Typed] = []
    yield made
    for one in made:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait(SECONDS)


def test_the_exit_code_is_that_of_the_build(project: Project, folder: Path) -> None:
    project.script("echo out; exit 3")
    typed = Typed(project, folder / "output")
    assert typed.end() == 1
    assert "[INFO] out" in typed.output
    wrong = Typed(project, folder / "wrong", "--param", "x")
    assert (wrong.end(), wrong.output) == (2, "bottega: --param 'x': expected name=value\n")
    unknown = Typed(project, folder / "unknown", "--lsit")
    assert unknown.end() == 2


@pytest.mark.parametrize("trap", ["", "trap '' TERM INT; "])
def test_ctrl_c_ends_the_whole_tree_with_130(
    project: Project, folder: Path, started: list[Typed], trap: str
) -> None:
    word = marker()
    project.script(f"{trap}setsid sh -c '{trap}sleep 1000; : {word}' & echo running; sleep 1000; : {word}")
    typed = Typed(project, folder / "output")
    started.append(typed)
    typed.shows("[INFO] running")
    eventually(lambda: processes_with(word))
    os.killpg(typed.process.pid, signal.SIGINT)
    if trap:
        typed.shows("once more kills it at once")
        os.killpg(typed.process.pid, signal.SIGINT)
    assert typed.end() == 130
    assert processes_with(word) == []
    assert "aborted: stopped by Ctrl-C" in typed.output
    assert list((folder / "tmp").iterdir()) == []


def test_ctrl_c_before_the_first_step_leaves_nothing_behind(
    project: Project, folder: Path, started: list[Typed]
) -> None:
    project.script("sleep 1000")
    temporary = folder / "tmp"
    for number, there in enumerate(("*", "*/spool/*", "*/spool/*/log")):
        typed = Typed(project, folder / f"output{number}")
        started.append(typed)
        eventually(
            lambda there=there, typed=typed: any(temporary.glob(there)) or typed.process.poll() is not None,
            SECONDS,
            0.001,
        )
        typed.process.send_signal(signal.SIGINT)
        assert typed.end() == 130, typed.output
        assert "Traceback" not in typed.output
        assert list(temporary.iterdir()) == []


def test_the_tree_dies_with_a_command_that_is_killed(
    project: Project, folder: Path, started: list[Typed]
) -> None:
    word = marker()
    project.script(f"sh -c 'echo running; sleep 1000; : {word}'")
    typed = Typed(project, folder / "output")
    started.append(typed)
    typed.shows("[INFO] running")
    assert processes_with(word)
    typed.process.kill()
    eventually(lambda: processes_with(word) == [], SECONDS)


def test_a_reader_that_goes_away_ends_the_build_without_a_traceback(
    project: Project, folder: Path, started: list[Typed]
) -> None:
    word = marker()
    project.script(f"sh -c 'while :; do echo line; done; : {word}'")
    reader, writer = os.pipe()
    typed = Typed(project, folder / "unused", stdout=writer)
    started.append(typed)
    os.close(writer)
    os.read(reader, 100)
    os.close(reader)
    assert typed.end() == 1
    assert processes_with(word) == []


def test_a_terminal_sees_colours_and_no_tricks(project: Project, folder: Path) -> None:
    project.script(r"printf '\033[32mgreen\033[0m \033[2J\033]0;title\007 end\n'")
    controller, terminal = pty.openpty()
    typed = Typed(project, folder / "unused", stdout=terminal)
    os.close(terminal)
    shown = b""
    try:
        while piece := os.read(controller, 65536):
            shown += piece
    except OSError:
        # The other end of a terminal is gone when the last process has closed it.
        pass
    os.close(controller)
    assert typed.end() == 0
    text = shown.decode()
    assert "\x1b[32mgreen\x1b[0m" in text
    assert "\x1b[2J" not in text
    assert "\x1b]0;" not in text
    assert "\x07" not in text
