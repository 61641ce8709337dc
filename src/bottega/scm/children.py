"""Commands that can all be ended at once: for a program that must not wait for git when it stops."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STOPPED = 128 + signal.SIGKILL


class Children:
    """Starts commands as plain children, for callers that may block. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def start(self, argv: Sequence[str], env: Mapping[str, str], cwd: str) -> int:
        """Run a command with exactly this environment and return its exit code; `STOPPED` after :meth:`stop`."""
        with self._lock:
            if self._stopped:
                return STOPPED
            child = subprocess.Popen(
                argv,
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._running.add(child)
        try:
            return child.wait()
        finally:
            with self._lock:
                self._running.discard(child)

    def stop(self) -> None:
        """Kill what runs, with all that it started, and start nothing any more."""
        with self._lock:
            self._stopped = True
            for child in self._running:
                # Each leads a process group of its own. One that has ended meanwhile has nothing left to kill.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
