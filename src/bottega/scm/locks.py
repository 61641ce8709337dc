"""One lock per mirror, safe between processes; waiting for it can be stopped."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path

from bottega.scm.environment import environment
from bottega.scm.failures import ScmError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from bottega.scm.commands import Commands

_WAIT_SECONDS = 5
_BUSY = 1  # what flock(1) answers when the lock was not free in time


class LockBusy(Exception):
    """Another process holds the lock."""


@contextmanager
def held(path: Path) -> Generator[int]:
    """Hold the lock if it is free; raises `LockBusy` otherwise.

    Yields the descriptor that holds it: a child that is given it keeps the lock until it ends, even alone.
    """
    descriptor = _try(path)
    if descriptor is None:
        raise LockBusy(str(path))
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def waited_for(
    path: Path, commands: Commands, seconds: float, on_wait: Callable[[], None]
) -> Generator[None]:
    """Hold the lock, waiting up to ``seconds`` for it; raises `ScmError` after that.

    A process that blocked in flock(2) itself could not be told to stop, so the waiting is done by a command;
    ``on_wait`` is called once before it.
    """
    waited = 0.0
    while (descriptor := _try(path)) is None:
        if not waited:
            on_wait()
        if waited >= seconds:
            raise ScmError(f"Another build has been fetching the same repository for {seconds:.0f} seconds.")
        waited += _WAIT_SECONDS
        probe = ["flock", "-w", str(_WAIT_SECONDS), str(path), "true"]
        code = commands.run(probe, environment(), 2 * _WAIT_SECONDS).code
        if code not in (0, _BUSY):
            raise ScmError(f"Waiting for the mirror's lock ended with code {code}.")
    try:
        yield
    finally:
        os.close(descriptor)


def _try(path: Path) -> int | None:
    """The descriptor that holds the lock, or None while another one does."""
    while True:
        # Never inherited by a child: the lock must end with this process.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        if _still_there(path, descriptor):
            return descriptor
        # Removed with its mirror between open and lock: a lock on it would guard nothing.
        os.close(descriptor)


def _still_there(path: Path, descriptor: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
