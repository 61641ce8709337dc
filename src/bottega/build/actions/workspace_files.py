"""Finding files of the workspace by patterns, as the agent, in folders that belong to the build.

Nothing in there is trusted: folders are entered by descriptor and links are never followed, so that no path leads out
of the workspace, and the walk is bounded in depth and length.
"""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import BinaryIO

MAX_PATTERN = 1000
MAX_DEPTH = 64
MAX_ENTRIES = 1_000_000
_LOOK_EVERY = 1000
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class WalkTooLong(Exception):
    """There is more in the workspace than is looked at; the message says how much that is."""


class Patterns:
    """Paths below a folder: ``*`` and ``?`` stand for characters of one name, ``**`` for any number of folders.

    Several are separated by commas. Matching takes time in proportion to pattern and path, whatever they are.
    """

    def __init__(self, text: str, in_folders: tuple[str, ...] = ()) -> None:
        """``in_folders`` are names that match too, directly in a folder that ``text`` matches.

        Raises ValueError with the reason.
        """
        if len(text) > MAX_PATTERN:
            raise ValueError(f"must have at most {MAX_PATTERN} characters")
        self._patterns = [_segments(one.strip()) for one in text.split(",") if one.strip()]
        if not self._patterns:
            raise ValueError("must name files")
        self._patterns += [(*pattern, name) for pattern in self._patterns for name in in_folders]
        self.start = self._closure({(number, 0) for number in range(len(self._patterns))})

    @classmethod
    def below(cls, folders: Sequence[str]) -> Patterns:
        """All files below these folders; a star in a folder's name fits others too, so look at what is found."""
        made = cls("**")
        made._patterns = [(*folder.split("/"), "**") for folder in folders]
        made.start = made._closure({(number, 0) for number in range(len(folders))})
        return made

    def enter(self, states: frozenset[tuple[int, int]], name: str) -> frozenset[tuple[int, int]]:
        """Where the patterns stand after one more name of the path; empty when no pattern can match any more."""
        found: set[tuple[int, int]] = set()
        for number, place in states:
            pattern = self._patterns[number]
            if place == len(pattern):
                continue
            if pattern[place] == "**":
                found.add((number, place))
            elif fits(pattern[place], name):
                found.add((number, place + 1))
        return self._closure(found)

    def complete(self, states: frozenset[tuple[int, int]]) -> bool:
        """Whether the path up to here matches a pattern."""
        return any(place == len(self._patterns[number]) for number, place in states)

    def matches(self, path: str) -> bool:
        """Whether a whole path, relative to the folder, matches."""
        states = self.start
        for name in path.split("/"):
            states = self.enter(states, name)
        return self.complete(states)

    def _closure(self, states: set[tuple[int, int]]) -> frozenset[tuple[int, int]]:
        found = set(states)
        for number, start in states:
            pattern = self._patterns[number]
            place = start
            while place < len(pattern) and pattern[place] == "**":
                place += 1
                found.add((number, place))
        return frozenset(found)


def _segments(pattern: str) -> tuple[str, ...]:
    if pattern.startswith("/") or "\0" in pattern:
        raise ValueError("must be a path below the workspace")
    segments = tuple(one for one in pattern.split("/") if one not in {"", "."})
    if not segments or ".." in segments:
        raise ValueError("must be a path below the workspace")
    return segments


def fits(pattern: str, name: str) -> bool:
    """Whether one name fits a pattern with ``*`` and ``?``, without ever trying more than one star again."""
    at = place = 0
    star, resume = -1, 0
    while place < len(name):
        if at < len(pattern) and pattern[at] == "*":
            star, resume = at, place
            at += 1
        elif at < len(pattern) and pattern[at] in {"?", name[place]}:
            at += 1
            place += 1
        elif star >= 0:
            resume += 1
            at, place = star + 1, resume
        else:
            return False
    return not pattern[at:].strip("*")


class Found:
    """A file: ``path`` below the folder, and its state when it was opened. Read it before the next one is asked for.

    ``descriptor`` is the open file, which is closed by then.
    """

    __slots__ = ("descriptor", "path", "status")

    def __init__(self, path: str, descriptor: int, status: os.stat_result) -> None:
        self.path = path
        self.status = status
        self.descriptor = descriptor

    def open(self) -> BinaryIO:
        """Its content, to be read piece by piece. Raises OSError."""
        return open(self.descriptor, "rb", closefd=False)

    def read(self, limit: int) -> bytes:
        """Its content, cut off behind ``limit`` bytes. Raises OSError."""
        with self.open() as file:
            return file.read(limit)


def find(folder: str, patterns: Patterns, look_up: Callable[[], None]) -> Iterator[Found]:
    """The files below ``folder`` that match and belong to its owner, by name; ``look_up`` is called now and then.

    ``.git`` is left out. What cannot be opened is no file. Raises WalkTooLong, what ``look_up`` raises, and OSError
    for ``folder`` itself.
    """
    root = os.open(folder, _FOLDER)
    try:
        yield from _Walk(patterns, os.fstat(root).st_uid, look_up).below(root, "", patterns.start, 0)
    finally:
        os.close(root)


class _Walk:
    def __init__(self, patterns: Patterns, owner: int, look_up: Callable[[], None]) -> None:
        self._patterns = patterns
        self._owner = owner
        self._look_up = look_up
        self._entries = 0

    def below(
        self, folder: int, prefix: str, states: frozenset[tuple[int, int]], depth: int
    ) -> Iterator[Found]:
        for name, is_folder in self._names(folder):
            reached = self._patterns.enter(states, name)
            if not reached:
                continue
            if is_folder:
                if depth == MAX_DEPTH:
                    raise WalkTooLong(f"folders are nested more than {MAX_DEPTH} deep")
                descriptor = _open(folder, name, _FOLDER)
                if descriptor is None:
                    continue
                try:
                    yield from self.below(descriptor, f"{prefix}{name}/", reached, depth + 1)
                finally:
                    os.close(descriptor)
            elif self._patterns.complete(reached):
                yield from self._file(folder, prefix, name)

    def _names(self, folder: int) -> list[tuple[str, bool]]:
        names: list[tuple[str, bool]] = []
        with os.scandir(folder) as entries:
            for entry in entries:
                self._entries += 1
                if self._entries > MAX_ENTRIES:
                    raise WalkTooLong(f"there are more than {MAX_ENTRIES} files and folders")
                if self._entries % _LOOK_EVERY == 0:
                    self._look_up()
                is_folder = entry.is_dir(follow_symlinks=False)
                if entry.name != ".git" and (is_folder or entry.is_file(follow_symlinks=False)):
                    names.append((entry.name, is_folder))
        return sorted(names)

    def _file(self, folder: int, prefix: str, name: str) -> Iterator[Found]:
        descriptor = _open(folder, name, _FILE)
        if descriptor is None:
            return
        try:
            status = os.fstat(descriptor)
            # A second name for somebody else's file is a way out of the workspace too.
            if stat.S_ISREG(status.st_mode) and status.st_uid == self._owner:
                yield Found(prefix + name, descriptor, status)
        finally:
            os.close(descriptor)


def _open(folder: int, name: str, flags: int) -> int | None:
    try:
        return os.open(name, flags, dir_fd=folder)
    except OSError:
        return None
