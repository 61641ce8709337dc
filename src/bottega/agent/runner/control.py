"""What may end a run from outside: a stop, the time limit, the lease's deadline, a SIGTERM.

Level-triggered: a wake-up only makes the runner look earlier; it looks at the files once a second anyway.
"""

from __future__ import annotations

import contextlib
import os
import signal

from bottega.agent.runner.halt import Halt
from bottega.agent.spool import WAKE, Spool, boottime
from bottega.agent.wakeup import bind_datagrams

# Seconds between two looks at the stop and deadline files without any wake-up.
LOOK_EVERY = 1.0
DEFAULT_GRACE = 10.0


class Control:
    """Watches the agent's orders for one attempt. All times are CLOCK_BOOTTIME seconds."""

    def __init__(self, spool: Spool, timeout: float, grace: float = DEFAULT_GRACE) -> None:
        self._spool = spool
        self._timeout = timeout
        self._grace = grace
        self._timeout_at = boottime() + timeout
        self._look_at = 0.0
        self._halt: Halt | None = None
        self._terminated = False
        self._deadline = spool.deadline()
        self._socket = bind_datagrams(spool.file(WAKE))
        # A signal has to end a poll() in progress, which Python would go on with after the handler.
        self._signals, self._signal_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._signal_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._on_term)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    @property
    def descriptors(self) -> tuple[int, int]:
        """What becomes readable when somebody wants something; call ``woken`` then."""
        return self._socket.fileno(), self._signals

    @property
    def deadline(self) -> float | None:
        """The lease's end as last read."""
        return self._deadline

    def due(self, now: float) -> float:
        """When to call ``check`` again at the latest."""
        return min(self._look_at, self._timeout_at, now if self._deadline is None else self._deadline)

    def woken(self) -> None:
        """Empty the wake-up channels and look at the files at the next ``check``."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self._socket.recv(16)
        with contextlib.suppress(BlockingIOError):
            while os.read(self._signals, 512):
                pass
        self._look_at = 0.0

    def check(self, now: float) -> Halt | None:
        """The order that is in force, None to go on; an expired lease comes before everything else.

        A later order may be harder than an earlier one (less grace), never softer.
        """
        # Never act on an old deadline: it may have been renewed since the last look.
        if now >= self._look_at or self._deadline is None or now >= self._deadline:
            self._look(now)
        if self._deadline is None or now >= self._deadline:
            return Halt("lease-expired", "The agent did not renew the lease in time; the run was ended here")
        if self._halt is None and now >= self._timeout_at:
            self._halt = Halt("timeout", f"The run exceeded its limit of {self._timeout:g} s", self._grace)
        return self._halt

    def close(self) -> None:
        """Stop listening."""
        signal.set_wakeup_fd(-1)
        self._socket.close()
        os.close(self._signals)
        os.close(self._signal_end)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._spool.file(WAKE))  # noqa: PTH108 - import time

    def _look(self, now: float) -> None:
        self._look_at = now + LOOK_EVERY
        # A file that cannot be read for a moment (a disk in trouble) leaves what is known in force: it runs
        # out.
        deadline = self._spool.deadline()
        if deadline is not None:
            self._deadline = deadline
        request = self._spool.stop_request()
        if request is not None:
            if self._halt is None:
                self._halt = Halt("aborted", request.reason, request.grace)
            else:
                self._halt.grace = min(self._halt.grace, request.grace)
        elif self._terminated and self._halt is None:
            self._halt = Halt("aborted", "The runner was asked to terminate", self._grace)

    def _on_term(self, _number: int, _frame: object) -> None:
        self._terminated = True
