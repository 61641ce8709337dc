"""One agent per folder, and an embedded agent no longer than its server."""

import ctypes
import fcntl
import os
import signal
from pathlib import Path

PR_SET_PDEATHSIG = 1


def hold_folder(folder: Path) -> int | None:
    """Lock the agent's folder for the life of this process; None when another agent holds it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o711)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def end_with_parent_process() -> None:
    """Ask the kernel for SIGTERM when the parent ends, and end at once if it already has."""
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent or parent == 1:
        # Nobody is left to be told.
        raise SystemExit(1)
