"""Watches how much disk the attempt's folders use.

Disk quotas of the file system need rights and set-up that a plain machine does not have, so the folders are
walked; a little at a time, in the runner's only thread, and never for more than a few percent of it.
"""

from __future__ import annotations

import os
from errno import ENAMETOOLONG

from bottega.agent.runner.halt import Halt
from bottega.agent.spool import boottime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Seconds from the end of one walk to the start of the next, at least.
WALK_EVERY = 3.0
# A walk that took long is repeated less often: this many times its own length later.
_REST = 20
# Seconds of walking in one go.
_SLICE = 0.005
# What an entry costs even when it has no blocks: millions of empty files fill a disk too.
_ENTRY_BYTES = 512
_KIB = 1024


class Quota:
    """Compares the size of ``folders`` (symbolic links not followed) with ``limit`` bytes."""

    def __init__(self, folders: Sequence[str], limit: int) -> None:
        self._folders = folders
        self._limit = limit
        self._walk: Iterator[int] | None = None
        self._spent = 0.0
        self._total = 0
        self.due = boottime() + WALK_EVERY

    def watch(self, folder: str) -> None:
        """Count one more folder from the next walk on."""
        self._folders = (*self._folders, folder)

    def check(self) -> Halt | None:
        """Walk on a little when it is time; a Halt once the folders are above their limit."""
        return self._advance(_SLICE) if boottime() >= self.due else None

    def check_now(self, seconds: float = 0.3) -> Halt | None:
        """Walk for up to ``seconds``, from the beginning: one quick command can fill a disk between two walks."""
        self._walk = None
        return self._advance(seconds)

    def _advance(self, seconds: float) -> Halt | None:
        started = boottime()
        if self._walk is None:
            self._walk, self._total, self._spent = sizes(self._folders), 0, 0.0
        finished = True
        try:
            for size in self._walk:
                self._total += size
                if self._total > self._limit:
                    return Halt("failure", f"The workspace grew above its quota of {_readable(self._limit)}")
                if boottime() - started > seconds:
                    finished = False
                    break
        except OSError as error:
            if error.errno != ENAMETOOLONG:
                raise
            return Halt("failure", "The workspace holds folders nested too deeply to be measured")
        now = boottime()
        self._spent += now - started
        if finished:
            self._walk = None
            self.due = now + max(WALK_EVERY, _REST * self._spent)
        else:
            # Between two slices output has its turn.
            self.due = now + _REST * _SLICE
        return None


def sizes(folders: Sequence[str]) -> Iterator[int]:
    """The bytes of every entry below the folders; a file with several names counts once."""
    linked: set[tuple[int, int]] = set()
    pending = list(folders)
    while pending:
        try:
            entries = os.scandir(pending.pop())
        except OSError as error:
            if error.errno == ENAMETOOLONG:
                raise
            # Gone meanwhile, or closed against us; what cannot be read is not counted.
            continue
        with entries:
            for entry in entries:
                try:
                    status = entry.stat(follow_symlinks=False)
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                except OSError as error:
                    if error.errno == ENAMETOOLONG:
                        raise
                    continue
                if status.st_nlink > 1 and not entry.is_dir(follow_symlinks=False):
                    if (status.st_dev, status.st_ino) in linked:
                        continue
                    linked.add((status.st_dev, status.st_ino))
                yield max(status.st_blocks * 512, _ENTRY_BYTES)


def _readable(size: int) -> str:
    amount, unit = float(size), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if amount < _KIB or unit == "TiB":
            break
        amount /= _KIB
    return f"{amount:.4g} {unit}"
