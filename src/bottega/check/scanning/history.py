"""What git knows of a folder: its commit, what changed since another, who wrote which line. Nothing is changed."""

import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

import msgspec

from bottega.scm.environment import environment, git

_SECONDS = 120.0
_BLAME_SECONDS = 30.0
OPTIONS = ("safe.directory=*", "core.quotePath=false", "diff.external=", "core.attributesFile=/dev/null")
"""Repositories of another owner are read too: none of their configuration is executed by what is called here."""
MAX_BLAMED_FILES = 3_000
_REGULAR = frozenset({b"100644", b"100755"})
_BLOBS_AT_ONCE = 200
_MAX_HEADER = 200
_MAX_RANGES = 400
_FILTERS = r"^filter\..*\.(clean|smudge|process|required)$"
_MAX_FILTERS = 500


class HistoryError(Exception):
    """Git cannot tell; the text is its own."""


class Author(msgspec.Struct, frozen=True):
    """Who changed a line last; the time in epoch milliseconds."""

    name: str
    email: str
    changed_at: int


def commit_of(folder: Path) -> str:
    """The commit that is checked out; empty outside of repositories."""
    try:
        return (
            ask(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
            .decode("ascii", "replace")
            .strip()
        )
    except HistoryError:
        return ""


def changed_since(folder: Path, commit: str) -> set[str]:
    """Names below ``folder`` of files that differ from ``commit`` or are not in git. Raises HistoryError."""
    if not commit or commit.startswith("-"):
        raise HistoryError(f"{commit!r} is no commit")
    base = ask(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")
    known = base.decode("ascii", "replace").strip()
    changed = ask(
        folder,
        "diff",
        "--name-only",
        "-z",
        "--relative",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--ignore-submodules=all",
        known,
        settings=_without_filters(folder),
    )
    new = ask(folder, "ls-files", "-z", "--others", "--exclude-standard")
    names = changed.split(b"\0") + new.split(b"\0")
    return {name.decode("utf-8", "surrogateescape") for name in names if name}


def contents(
    folder: Path, commit: str, names: Collection[str] | None, max_bytes: int
) -> Iterator[tuple[str, bytes]]:
    """What regular files below ``folder`` held in ``commit``: those of these names, or all; of at most ``max_bytes``.

    As they lie in the repository: nothing that attributes name is run on them. Raises HistoryError.
    """
    listed = ask(folder, "ls-tree", "-r", "-z", "--long", "--end-of-options", commit, ".")
    wanted: list[tuple[str, str]] = []
    for row in listed.split(b"\0"):
        facts, _, raw = row.partition(b"\t")
        parts = facts.split()
        name = raw.decode("utf-8", "surrogateescape")
        if not parts or parts[0] not in _REGULAR or (names is not None and name not in names):
            continue
        if not parts[3].isdigit():
            raise HistoryError(
                f"what {commit} has as {name!r} is not in this repository, which may be a partial clone"
            )
        if int(parts[3]) > max_bytes:
            continue
        wanted.append((name, parts[2].decode("ascii")))
    for start in range(0, len(wanted), _BLOBS_AT_ONCE):
        part = wanted[start : start + _BLOBS_AT_ONCE]
        told = ask(folder, "cat-file", "--batch", stdin="".join(f"{blob}\n" for _, blob in part).encode())
        at = 0
        for name, _ in part:
            header, _, _ = told[at : at + _MAX_HEADER].partition(b"\n")
            size = int(header.split()[-1])
            at += len(header) + 1
            yield name, told[at : at + size]
            at += size + 1


def ignored(folder: Path) -> list[str]:
    """Files and folders below ``folder`` that git is told to ignore; none outside of repositories."""
    try:
        names = ask(folder, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
    except HistoryError:
        return []
    return [name.decode("utf-8", "surrogateescape").rstrip("/") for name in names.split(b"\0") if name]


def authors(folder: Path, lines: Mapping[str, Sequence[int]], cores: int) -> dict[str, dict[int, Author]]:
    """Who changed these lines of these files last, as far as git can tell in time."""
    chosen = list(lines.items())[:MAX_BLAMED_FILES]
    if not chosen:
        return {}
    try:
        settings = _without_filters(folder)
    except HistoryError:
        return {}
    with ThreadPoolExecutor(max(1, cores), "blame") as threads:
        found = threads.map(_blame, repeat(folder), repeat(settings), *zip(*chosen, strict=True))
        return {name: known for (name, _), known in zip(chosen, found, strict=True)}


def _blame(folder: Path, settings: Mapping[str, str], name: str, lines: Sequence[int]) -> dict[int, Author]:
    try:
        content = (folder / name).read_bytes()
    except OSError:
        return {}
    # Git says nothing at all where one line is none of the file; what lacks is often told of the one after the last.
    last = content.count(b"\n") + (not content.endswith(b"\n"))
    asked = sorted({line for line in lines if 0 < line <= last})[:_MAX_RANGES]
    if not asked:
        return {}
    ranges = [part for line in asked for part in ("-L", f"{line},{line}")]
    command = ("blame", "--line-porcelain", "--no-textconv", *ranges, "--", name)
    try:
        said = ask(folder, *command, seconds=_BLAME_SECONDS, settings=settings)
    except HistoryError:
        return {}
    found: dict[int, Author] = {}
    line, author, email, when = 0, "", "", 0
    for row in said.split(b"\n"):
        word, _, rest = row.partition(b" ")
        if row.startswith(b"\t"):
            if line and author and author != "Not Committed Yet":
                found[line] = Author(author[:128], email[:256], when)
            line, author, email, when = 0, "", "", 0
        elif not line:
            parts = rest.split(b" ")
            line = int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0
        elif word == b"author":
            author = rest.decode("utf-8", "replace")
        elif word == b"author-mail":
            email = rest.decode("utf-8", "replace").strip("<>")
        elif word == b"author-time" and rest.isdigit():
            when = int(rest) * 1000
    return found


def _without_filters(folder: Path) -> dict[str, str]:
    """Variables by which git runs none of the filters that the repository's configuration names."""
    try:
        listed = ask(folder, "config", "-z", "--name-only", "--get-regexp", _FILTERS)
    except HistoryError:
        # There are none.
        return {}
    names = sorted({name.decode("utf-8", "surrogateescape") for name in listed.split(b"\0") if name})
    if len(names) > _MAX_FILTERS:
        raise HistoryError(f"the repository has {len(names)} settings of filters")
    settings = {"GIT_CONFIG_COUNT": str(len(names))}
    for at, name in enumerate(names):
        settings[f"GIT_CONFIG_KEY_{at}"] = name
        settings[f"GIT_CONFIG_VALUE_{at}"] = "false" if name.endswith(".required") else ""
    return settings


def ask(
    folder: Path,
    *arguments: str,
    seconds: float = _SECONDS,
    stdin: bytes = b"",
    settings: Mapping[str, str] | None = None,
) -> bytes:
    """What a git command prints; ``settings`` are further variables. Raises HistoryError."""
    try:
        done = subprocess.run(
            git(*arguments, options=OPTIONS),
            cwd=folder,
            env={**environment(), **(settings or {})},
            input=stdin,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HistoryError(f"git cannot be run: {error}") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise HistoryError(
            said.partition("\n")[0] or f"git {arguments[0]} failed with exit code {done.returncode}"
        )
    return done.stdout
