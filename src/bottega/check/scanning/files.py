"""Walking a folder: every file in it, links never followed."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bottega.check.scanning.patterns import matcher

_CONTROL_FOLDERS = frozenset({".git", ".hg", ".svn"})


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

    ``include`` are folders or files to look at (empty: all), ``ignore`` what is not looked at, as
    :func:`~bottega.check.scanning.patterns.matcher` takes them.
    """
    found = Walk()
    root = os.fspath(folder)
    wanted, unwanted = matcher(include), matcher(ignore)
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
