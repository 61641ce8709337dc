"""One started step, as the runner sees it."""

from __future__ import annotations

import json
import os
import select
import signal
import time

from . import cgroup_files, processes
from .guardian import CLEARING_SECONDS, KILL, TERMINATE
from .launch import SETUP_FAILED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_ORPHANS_SECONDS = 2.0


class Running:
    """A step and everything it starts. ``pid`` is its outermost process, a child of the runner.

    When ``poll`` gives a code, nothing of the step is left: what its main process had left behind has been
    killed; else ``left`` is true. ``failure`` then says why the sandbox could not be built (exit code 125),
    otherwise it is None. ``fileno`` becomes readable when the step is over, so that a runner can wait on it.
    """

    def __init__(
        self,
        pid: int,
        *,
        control_fd: int,
        status_fd: int,
        leaf: str,
        reports_exit: bool,
        siblings: Sequence[Running],
    ) -> None:
        self.pid = pid
        self._siblings = siblings
        self.failure: str | None = None
        self.left = False
        self._control_fd = control_fd
        self._status_fd = status_fd
        self._leaf = leaf
        self._reports_exit = reports_exit
        self._code: int | None = None
        self._killed = False
        self._pidfd = os.pidfd_open(pid)

    def fileno(self) -> int:
        """A descriptor to wait on with select or poll; -1 once ``poll`` has given the exit code."""
        return self._pidfd

    def poll(self) -> int | None:
        """The exit code of the command, 128+N when signal N ended it, None while it runs; reaps."""
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._finish(os.waitstatus_to_exitcode(status))
        return self._code

    def terminate(self) -> None:
        """SIGTERM to the step's processes, not to what encloses them.

        A step that is still being started gets it as soon as there is a process of its own.
        """
        self._ask(TERMINATE)

    def kill(self) -> None:
        """SIGKILL the step's whole tree and wait up to 5 s until it is gone; ``poll`` then gives the code."""
        self.request_kill()
        self.wait_until(time.monotonic() + CLEARING_SECONDS)
        if self.poll() is None:
            self.abandon()
            self.wait_until(time.monotonic() + 1.0)
            self.poll()

    def request_kill(self) -> None:
        """Start the killing without waiting for its end."""
        self._killed = True
        if self._leaf:
            cgroup_files.kill(self._leaf)
        self._ask(KILL)
        # Without an own uid a step can stop its guardian.
        self._signal_guardian(signal.SIGCONT)

    def abandon(self) -> None:
        """Give up a guardian that does not answer: its orphans become ours and die when it is reaped."""
        self._signal_guardian(signal.SIGKILL)

    def wait_until(self, deadline: float) -> None:
        """Wait until the step is over or the monotonic clock shows ``deadline`` (seconds)."""
        if self._code is None:
            select.select([self._pidfd], [], [], max(deadline - time.monotonic(), 0))

    def _ask(self, request: bytes) -> None:
        if self._code is None:
            try:
                os.write(self._control_fd, request)
            except OSError:
                return

    def _signal_guardian(self, number: signal.Signals) -> None:
        if self._code is None:
            signal.pidfd_send_signal(self._pidfd, number)

    def _finish(self, code: int) -> None:
        if code < 0:
            # The guardian itself was killed, so what it guarded is now ours, if the runner is a subreaper.
            self.left = not processes.sweep_orphans(self._siblings_alive(), _ORPHANS_SECONDS)
            code = 128 - code
        reports = _read_reports(self._status_fd)
        self.left = self.left or "left" in reports
        self.failure = str(reports["failure"]) if "failure" in reports else None
        if self._reports_exit and "exit-code" not in reports and not self._killed and code == 1:
            self.failure = self.failure or "bubblewrap could not build the sandbox; its message is in the log"
        if self.failure is not None:
            code = SETUP_FAILED
        for fd in (self._control_fd, self._status_fd, self._pidfd):
            os.close(fd)
        self._pidfd = -1
        if self._leaf:
            cgroup_files.remove(self._leaf)
        self._code = code

    def _siblings_alive(self) -> frozenset[int]:
        return frozenset(
            running.pid for running in self._siblings if running is not self and running.fileno() >= 0
        )


def _read_reports(fd: int) -> dict[str, object]:
    """Everything said on the status pipe: JSON objects one after the other, some over several lines."""
    text = b""
    try:
        while part := os.read(fd, 65536):
            text += part
    except BlockingIOError:
        pass
    merged: dict[str, object] = {}
    decoder, position = json.JSONDecoder(), 0
    content = text.decode(errors="replace").strip()
    while position < len(content):
        try:
            value, position = decoder.raw_decode(content, position)
        except ValueError:
            break
        merged.update(value)
        while position < len(content) and content[position].isspace():
            position += 1
    return merged
