"""The log of a run while it is recorded: one append-only file, addressed by byte offset."""

import os
from collections import OrderedDict
from pathlib import Path
from threading import Lock

from bottega.clock import epoch_ms

OPEN_FILES = 64


class Gap(Exception):
    """A chunk starts behind the end of what is stored; ``size`` is where the sender has to go on."""

    def __init__(self, size: int) -> None:
        super().__init__(f"stored up to {size}")
        self.size = size


class LiveLogs:
    """The files of unsealed logs. Appending the same bytes twice stores them once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._files: OrderedDict[str, int] = OrderedDict()
        self._lock = Lock()

    def path(self, run_id: str) -> Path:
        """Where the log of ``run_id`` is; the id is ours (a UUID), never a client's text."""
        return self._folder / run_id[:2] / f"{run_id}.log"

    def size(self, run_id: str) -> int:
        """Bytes stored; 0 when nothing was."""
        try:
            return self.path(run_id).stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, run_id: str, offset: int, data: bytes) -> int:
        """Store ``data`` at ``offset``, skipping what is stored already; returns the new size. Raises :class:`Gap`."""
        with self._lock:
            descriptor = self._open(run_id)
            size = os.fstat(descriptor).st_size
            if offset > size:
                raise Gap(size)
            fresh = memoryview(data)[size - offset :]
            while fresh:
                written = os.write(descriptor, fresh)
                size += written
                fresh = fresh[written:]
            return size

    def sync(self, run_id: str) -> None:
        """Force the log to the disk: called once, before the agent is told that it may forget its copy."""
        with self._lock:
            if self.path(run_id).exists():
                os.fsync(self._open(run_id))

    def read(self, run_id: str, start: int, length: int) -> bytes:
        """Up to ``length`` bytes from ``start``; empty when nothing is there."""
        try:
            with self.path(run_id).open("rb") as file:
                return os.pread(file.fileno(), length, start)
        except FileNotFoundError:
            return b""

    def run_ids(self) -> list[str]:
        """Of which runs there is a file."""
        return [path.stem for path in self._folder.glob("??/*.log")]

    def age_ms(self, run_id: str) -> int:
        """Since when nothing was appended, in milliseconds; 0 when there is no file."""
        try:
            return epoch_ms() - self.path(run_id).stat().st_mtime_ns // 1_000_000
        except FileNotFoundError:
            return 0

    def remove(self, run_id: str) -> None:
        """Forget the file."""
        with self._lock:
            descriptor = self._files.pop(run_id, None)
            if descriptor is not None:
                os.close(descriptor)
        self.path(run_id).unlink(missing_ok=True)

    def close(self) -> None:
        """Close all files."""
        with self._lock:
            while self._files:
                os.close(self._files.popitem()[1])

    def _open(self, run_id: str) -> int:
        descriptor = self._files.get(run_id)
        if descriptor is None:
            path = self.path(run_id)
            path.parent.mkdir(exist_ok=True, mode=0o700)
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._files[run_id] = descriptor
            if len(self._files) > OPEN_FILES:
                os.close(self._files.popitem(last=False)[1])
        else:
            self._files.move_to_end(run_id)
        return descriptor
