"""The same code in several places, found by jscpd."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import msgspec

from bottega.check.engines.base import EngineFailed, Located, Runner
from bottega.check.engines.locating import version_of, wheel_program
from bottega.check.engines.reading import last_line, relative
from bottega.check.scanning.inventory import SourceFile
from bottega.check.scanning.plan import DuplicateBlock, Place
from bottega.check.scanning.session import Session

NAME = "jscpd"
MIN_LINES, MIN_TOKENS = 10, 100
"""What counts as a duplicate, by the product's definition."""
MIN_TOKENS_JAVA = 10
"""In Java ten lines are enough, whatever is on them."""
JAVA = "JAVA"
_MAX_SIZE = "1gb"
_MAX_LINES = 10_000_000
MAX_PLACES = 100
"""Of one block; more of the same say nothing new."""


def locate() -> Located:
    """Where jscpd is. Raises :class:`~bottega.check.engines.base.EngineMissing`."""
    program = wheel_program("jscpd", "pip install jscpd")
    return Located(command=(program,), version=version_of([program, "--version"], (5,), package="jscpd"))


class Asked(msgspec.Struct, frozen=True):
    """Files that are ready to be looked at: what jscpd is called with, the folder of their links, and their names."""

    arguments: tuple[str, ...]
    folder: Path
    files: Mapping[str, SourceFile]


def prepare(files: Sequence[SourceFile], session: Session) -> list[Asked]:
    """What is to be asked about these files. Raises OSError.

    Neither the size of a file nor what the repository tells git to ignore keeps one out.
    """
    in_java = [file for file in files if JAVA in file.languages]
    others = [file for file in files if JAVA not in file.languages]
    return [
        _asked(some, tokens, session)
        for some, tokens in ((others, MIN_TOKENS), (in_java, MIN_TOKENS_JAVA))
        if some
    ]


def find(located: Located, asked: Sequence[Asked], run: Runner) -> list[DuplicateBlock]:
    """Blocks of duplicated code in what was prepared. Raises :class:`EngineFailed` and OSError."""
    pairs = [pair for each in asked for pair in _answered(located, each, run)]
    return _blocks(pairs, {file.name: file.path for each in asked for file in each.files.values()})


def _asked(files: Sequence[SourceFile], tokens: int, session: Session) -> Asked:
    scratch = Path(mkdtemp(dir=session.scratch))
    place = scratch / "code"
    linked = _link(session.folder, files, place)
    settings = {
        "path": [str(place)],
        "followSymlinks": True,
        "gitignore": False,
        "minLines": MIN_LINES,
        "minTokens": tokens,
        "maxSize": _MAX_SIZE,
        "maxLines": _MAX_LINES,
        "reporters": ["json"],
        "output": str(scratch),
        "absolute": True,
        "silent": True,
    }
    config = scratch / "jscpd.json"
    config.write_bytes(json.dumps(settings).encode())
    cores = str(session.plan.cores)
    return Asked(("-c", str(config), "--no-gitignore", "--no-tips", "--workers", cores), place, linked)


def _answered(located: Located, asked: Asked, run: Runner) -> "list[_Places]":
    scratch = asked.folder.parent
    done = run([*located.command, *asked.arguments], folder=scratch)
    report = scratch / "jscpd-report.json"
    if done.code or not report.is_file():
        raise EngineFailed(last_line(done.stderr) or f"exit code {done.code}")
    return _pairs(report.read_bytes(), asked)


def _link(folder: Path, files: Sequence[SourceFile], place: Path) -> dict[str, SourceFile]:
    """The files in one folder, as links; each by the name of its link.

    jscpd takes three times as long for a list of files, through each of which it walks with threads of its own. In a
    folder it passes by what is hidden: the links have other names.
    """
    place.mkdir()
    linked: dict[str, SourceFile] = {}
    for number, file in enumerate(files):
        _, dot, suffix = file.name.rpartition("/")[2].rpartition(".")
        # In their order: what is found among many that are alike depends on who comes first.
        link = f"{number:07}{dot}{suffix}" if dot else f"{number:07}/{suffix}"
        if not dot:
            (place / link).parent.mkdir()
        os.symlink(folder / file.name, place / link)  # noqa: PTH211 - of 50,000 files
        linked[link] = file
    return linked


class _End(msgspec.Struct):
    name: str
    start: int
    end: int


class _Pair(msgspec.Struct, rename="camel"):
    first_file: _End
    second_file: _End


class _Report(msgspec.Struct):
    duplicates: list[_Pair]


_Places = tuple[tuple[str, int, int], tuple[str, int, int]]
"""Name, first and last line of both."""


def _pairs(data: bytes, asked: Asked) -> list[_Places]:
    report = msgspec.json.decode(data, type=_Report)

    def found(end: _End) -> tuple[str, int, int]:
        return asked.files[relative(end.name, asked.folder)].name, end.start, end.end

    return [(found(pair.first_file), found(pair.second_file)) for pair in report.duplicates]


def _blocks(pairs: Sequence[tuple[Any, Any]], paths: dict[str, str]) -> list[DuplicateBlock]:
    """Pairs that share a stretch of code are one block with several places."""
    group_of: dict[Any, Any] = {}

    def top(place: Any) -> Any:
        while group_of[place] != place:
            group_of[place] = group_of[group_of[place]]
            place = group_of[place]
        return place

    for pair in pairs:
        for place in pair:
            group_of.setdefault(place, place)
        group_of[top(pair[0])] = top(pair[1])
    members: dict[Any, list[Any]] = {}
    for place in group_of:
        if place[0] in paths:
            members.setdefault(top(place), []).append(place)
    blocks = [
        DuplicateBlock(
            lines=max(end - start + 1 for _, start, end in places),
            places=tuple(
                Place(path=paths[name], line=start, end_line=end)
                for name, start, end in sorted(places)[:MAX_PLACES]
            ),
        )
        for places in members.values()
        if len(places) > 1
    ]
    return ordered(blocks)


def ordered(blocks: Sequence[DuplicateBlock]) -> list[DuplicateBlock]:
    """The longest first."""
    return sorted(blocks, key=lambda block: (-block.lines, block.places[0].path, block.places[0].line))


def covered(blocks: Sequence[DuplicateBlock]) -> dict[str, tuple[int, int]]:
    """For each path how many of its lines are duplicated, each counted once, and in how many blocks."""
    ranges: dict[str, list[tuple[int, int]]] = {}
    for block in blocks:
        for place in block.places:
            ranges.setdefault(place.path, []).append((place.line, place.end_line))
    found: dict[str, tuple[int, int]] = {}
    for path, spans in ranges.items():
        lines = last = 0
        for start, end in sorted(spans):
            lines += max(0, end - max(start, last + 1) + 1)
            last = max(last, end)
        found[path] = (lines, len(spans))
    return found
