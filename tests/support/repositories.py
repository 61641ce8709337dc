"""Real git repositories for tests."""

import atexit
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from shutil import rmtree

import pytest

ENVIRONMENT = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
}


class Repository:
    """A repository with a work tree; ``url`` is what a task names."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=master")

    @property
    def url(self) -> str:
        return self.path.as_uri()

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=self.path,
            env=ENVIRONMENT,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, message: str = "change", **files: str) -> str:
        """Write ``files`` (``__`` in a name stands for a dot) and commit them; returns the commit id."""
        for name, text in files.items():
            target = self.path / name.replace("__", ".")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")


@cache
def shared_repository() -> str:
    """URL of a repository that is made once per process and that nobody may change."""
    folder = Path(tempfile.mkdtemp(prefix="bottega-git-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    repository = Repository(folder / "repository")
    repository.commit("first commit", Makefile="all:\n")
    return repository.url


@pytest.fixture
def make_repository() -> Iterator[Callable[[], Repository]]:
    folders: list[Path] = []

    def make() -> Repository:
        folder = Path(tempfile.mkdtemp(prefix="bottega-git-"))
        folders.append(folder)
        return Repository(folder / "repository")

    yield make
    for folder in folders:
        rmtree(folder, ignore_errors=True)


@pytest.fixture
def repository(make_repository: Callable[[], Repository]) -> Repository:
    """A repository with one commit: a README."""
    repository = make_repository()
    repository.commit("first commit", README="hello from the repository\n")
    return repository
