"""Folders to build, and what came of building them in this process."""

import os
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import msgspec
import pytest

from bottega.local.screen import Screen
from bottega.local.story import Wishes, build
from tests.agent.runner.attempts import HEAD
from tests.support.repositories import Repository

FILE = ".cloudbuild/build.yml"


class Built(msgspec.Struct, frozen=True):
    """``lines`` are the log without times, ``said`` what the command itself said."""

    code: int
    log: str
    said: str

    @property
    def output(self) -> list[str]:
        lines = [line for line in self.log.splitlines() if HEAD.match(line)]
        return [found for line in lines if not (found := line[len(HEAD.match(line)[0]) :]).startswith("[")]  # pyright: ignore[reportOptionalSubscript]


class Project(Repository):
    """A repository with a build.yml."""

    def write(self, steps: str, *, above: str = "", file: str = FILE) -> None:
        """A build file: ``steps`` are the items of BUILD, ``above`` stands above them."""
        text = f"version: 2.0\n{dedent(above)}\nsteps:\n  BUILD:\n{indent(dedent(steps), '    ')}"
        self.put(file, text)

    def script(self, command: str, *, above: str = "") -> None:
        """A build file of one shell step."""
        self.write(
            f"- sh:\n    inputs:\n      command: |\n{indent(dedent(command), '        ')}", above=above
        )

    def put(self, name: str, text: str) -> Path:
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target


class Builder:
    """Builds in this process; what is left in the folder for temporary files is looked at by the tests."""

    def __init__(self, folder: Path, captured: pytest.CaptureFixture[str]) -> None:
        self.temporary = folder / "tmp"
        self._captured = captured
        self._artifacts = folder / "artifacts"

    def build(self, folder: Path, **wishes: Any) -> Built:
        self._captured.readouterr()
        given: dict[str, Any] = {
            "folder": folder,
            "file": None,
            "params": [],
            "env_files": [],
            "steps": [],
            "artifacts": self._artifacts,
            "listing": False,
            "keep": False,
            "in_place": False,
            "network": True,
        }
        code = build(Wishes(**{**given, **wishes}), Screen())
        found = self._captured.readouterr()
        return Built(code, found.out, found.err)

    def left(self) -> list[Path]:
        """What commands left behind."""
        return sorted(self.temporary.iterdir())


def owner_for_builds() -> int:
    """A user that is not root: the present one, unless that is root."""
    return os.getuid() or 61900
