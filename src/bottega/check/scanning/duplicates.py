"""The same code in several places, found by jscpd."""

import json
from collections.abc import Sequence
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


def find(
    located: Located, files: Sequence[SourceFile], session: Session, run: Runner
) -> list[DuplicateBlock]:
    """Blocks of duplicated code in these files. Raises :class:`EngineFailed`.

    Neither the size of a file nor what the repository tells git to ignore keeps one out.
    """
    in_java = [file for file in files if JAVA in file.languages]
    others = [file for file in files if JAVA not in file.languages]
    pairs = [
        pair
        for some, tokens in ((others, MIN_TOKENS), (in_java, MIN_TOKENS_JAVA))
        if some
        for pair in _asked(located, some, tokens, session, run)
    ]
    return _blocks(pairs, {file.name: file.path for file in files})


def _asked(
    located: Located, files: Sequence[SourceFile], tokens: int, session: Session, run: Runner
) -> "list[_Places]":
    folder = session.folder
    scratch = Path(mkdtemp(dir=session.scratch))
    settings = {
        "path": [str(folder / file.name) for file in files],
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
    done = run(
        [
            *located.command,
            "-c",
            str(config),
            "--no-gitignore",
            "--no-tips",
            "--workers",
            str(session.plan.cores),
        ],
        folder=scratch,
    )
    report = scratch / "jscpd-report.json"
    if done.code or not report.is_file():
        raise EngineFailed(last_line(done.stderr) or f"exit code {done.code}")
    return _pairs(report.read_bytes(), folder)


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


def _pairs(data: bytes, folder: Path) -> list[_Places]:
    report = msgspec.json.decode(data, type=_Report)
    return [(_place(pair.first_file, folder), _place(pair.second_file, folder)) for pair in report.duplicates]


def _place(end: _End, folder: Path) -> tuple[str, int, int]:
    return relative(end.name, folder), end.start, end.end


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
