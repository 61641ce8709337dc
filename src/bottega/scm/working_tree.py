"""A working tree on this machine: which of its files count, and which commit and remotes it stands for.

Nothing is changed, and no command of the tree's own configuration is run.
"""

import os
import subprocess
from pathlib import Path

import msgspec

_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false")
_TIMEOUT = 120.0
MAX_NESTED = 20


class TreeFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is empty is not known: a folder without git, a branch without commits, no remotes."""

    commit: str = ""
    branch: str = ""
    remotes: list[str] = []


class WorkingTreeError(Exception):
    """Git cannot read the tree; the message is its own."""


def facts(folder: Path) -> TreeFacts:
    """What is checked out in ``folder``, which may lie below the tree's top."""
    if not in_tree(folder):
        return TreeFacts()
    return TreeFacts(
        commit=_line(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"),
        branch=_line(folder, "symbolic-ref", "--quiet", "--short", "HEAD"),
        remotes=sorted(set(_lines(folder, "config", "--get-regexp", r"^remote\..*\.url$"))),
    )


def in_tree(folder: Path) -> bool:
    """Whether git takes the folder for a part of a working tree. Raises WorkingTreeError when git refuses to look."""
    done = _git(folder, "rev-parse", "--is-inside-work-tree")
    said = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode and "dubious ownership" in said:
        raise WorkingTreeError(said.partition("\n")[0])
    return done.returncode == 0 and done.stdout.strip() == b"true"


def files(folder: Path) -> list[bytes]:
    """Paths below ``folder`` of all files that are tracked, or neither tracked nor ignored, submodules' too.

    Files that were deleted but are still tracked may be among them. Raises WorkingTreeError.
    """
    return _files(folder, b"", 0) if in_tree(folder) else _all_files(folder)


def _files(folder: Path, prefix: bytes, depth: int) -> list[bytes]:
    done = _git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise WorkingTreeError(said or f"git ls-files failed with exit code {done.returncode}")
    found: list[bytes] = []
    for name in dict.fromkeys(done.stdout.split(b"\0")):
        below = folder / os.fsdecode(name)
        if name and depth < MAX_NESTED and below.is_dir() and not below.is_symlink():
            # A submodule, or a repository within the repository.
            found += (
                _files(below, prefix + name.rstrip(b"/") + b"/", depth + 1)
                if (below / ".git").exists()
                else []
            )
        elif name:
            found.append(prefix + name)
    return found


def _all_files(folder: Path) -> list[bytes]:
    top = os.fsencode(folder)
    found: list[bytes] = []
    for above, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name != b".git"]
        links = [name for name in folders if Path(os.fsdecode(above), os.fsdecode(name)).is_symlink()]
        found += [os.path.relpath(os.path.join(above, name), top) for name in (*names, *links)]  # noqa: PTH118 - bytes
    return sorted(found)


def _line(folder: Path, *arguments: str) -> str:
    done = _git(folder, *arguments)
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""


def _lines(folder: Path, *arguments: str) -> list[str]:
    return [line.partition(" ")[2] for line in _line(folder, *arguments).splitlines()]


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        return subprocess.run(
            [*_GIT, "-C", str(folder), *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WorkingTreeError(f"git cannot be run: {error}") from error
