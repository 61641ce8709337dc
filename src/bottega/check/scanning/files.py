"""Walking a folder: every file in it, links never followed."""

import os
import stat
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import msgspec

from bottega.check.scanning.wire_text import sendable

_CONTROL_FOLDERS = frozenset({".git", ".hg", ".svn"})
_WILD = frozenset("*?[")


class Entry(msgspec.Struct, frozen=True):
    """A regular file: its name relative to the folder, as the system gives it, and its size in bytes."""

    name: str
    size: int


class Walk(msgspec.Struct):
    """What was found. ``special`` are links, sockets and the like; ``unreadable`` folders that could not be listed."""

    entries: list[Entry] = []
    special: list[str] = []
    ignored: int = 0
    unreadable: list[str] = []
    cut: bool = False
    """There were more files than the limit."""


def walk(folder: Path, *, include: Sequence[str], ignore: Sequence[str], limit: int) -> Walk:
    """All regular files below ``folder`` in the order of their names.

    ``include`` are folders or files to look at (empty: all), ``ignore`` what is not looked at; both relative, with
    ``/``, and they may have the wildcards of a shell, which match over folders too. Names that are no UTF-8 are in them
    as they are sent.
    """
    found = Walk()
    root = os.fspath(folder)
    wanted, unwanted = _matcher(include), _matcher(ignore)
    pending = [""]
    while pending:
        below = pending.pop()
        try:
            with os.scandir(os.path.join(root, below)) as scan:  # noqa: PTH118 - names may be anything
                children = sorted(scan, key=lambda child: child.name)
        except OSError:
            found.unreadable.append(below or ".")
            continue
        folders: list[str] = []
        for child in children:
            name = f"{below}/{child.name}" if below else child.name
            mode = _mode(child)
            if stat.S_ISDIR(mode):
                if child.name not in _CONTROL_FOLDERS and not unwanted(name):
                    folders.append(name)
            elif not stat.S_ISREG(mode):
                found.special.append(name)
            elif unwanted(name) or (include and not wanted(name)):
                found.ignored += 1
            elif len(found.entries) >= limit:
                found.cut = True
                return found
            else:
                found.entries.append(Entry(name, child.stat(follow_symlinks=False).st_size))
        pending += reversed(folders)
    return found


def _mode(child: os.DirEntry[str]) -> int:
    try:
        return child.stat(follow_symlinks=False).st_mode
    except OSError:
        return 0


def _matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether a name is one of the patterns or lies below one."""
    normal = [PurePosixPath(pattern).as_posix().strip("/") for pattern in patterns if pattern.strip("/ ")]
    if "." in normal:
        return lambda _name: True
    wild = [pattern for pattern in normal if not _WILD.isdisjoint(pattern)]
    plain = frozenset(normal) - frozenset(wild)

    def matches(name: str) -> bool:
        name = sendable(name)
        if plain:
            at = len(name)
            while at > 0:
                if name[:at] in plain:
                    return True
                at = name.rfind("/", 0, at)
        return any(fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}/*") for pattern in wild)

    return matches
