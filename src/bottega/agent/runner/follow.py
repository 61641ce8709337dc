"""The runner's loop while a command runs: its output into the log, orders from outside to the command.

One loop, one thread: nothing in here may wait for anything but ``poll``.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select

from bottega.agent.runner.halt import Halt, Halted
from bottega.agent.sandbox import SandboxUnavailable
from bottega.agent.spool import boottime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from bottega.agent.runner.control import Control
    from bottega.agent.runner.log import Log
    from bottega.agent.runner.notifier import Notifier
    from bottega.agent.runner.quota import Quota

    class Process(Protocol):
        """What a sandboxed and a trusted command have in common."""

        @property
        def pid(self) -> int: ...
        @property
        def failure(self) -> str | None: ...
        def poll(self) -> int | None: ...
        def terminate(self) -> None: ...
        def kill(self) -> None: ...


_READ = 1 << 18
_PIPE = 1 << 20
# After a small read the pipe is left alone for this long (s), so that a tool that prints line by line does
# not wake the runner for each of them. The first line after a silence is always read at once.
_GATHER = 0.01
_GATHER_SMALL_PIPE = 0.002
# What is left in the pipe of a dead tree is read within moments; a process that holds it longer escaped the
# kill.
_DRAIN = 5.0
# 128 + SIGKILL: a command that did not even leave an exit code.
_KILLED = 137


def output_pipe() -> tuple[int, int]:
    """Read and write end of a pipe that holds enough for the runner to look only now and then."""
    reader, writer = os.pipe2(os.O_CLOEXEC)
    os.set_blocking(reader, False)
    # Refused when the user's pipes hold too much already; the pipe then works as it is.
    with contextlib.suppress(OSError):
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _PIPE)
    return reader, writer


def _milliseconds(seconds: float) -> int:
    # Rounded up: a wait of 0 ms until the moment has come would spin.
    return max(int(seconds * 1000) + 1, 0)


class Follower:
    """Follows one command after the other for an attempt."""

    def __init__(self, log: Log, notifier: Notifier, control: Control, quota: Quota) -> None:
        self._log = log
        self._notifier = notifier
        self._control = control
        self._quota = quota

    def refuse_if_halted(self) -> None:
        """Raises Halted when the run has to end, so that nothing new is started."""
        halt = self._control.check(boottime())
        if halt is not None:
            raise Halted(halt)

    def wait(self, seconds: float) -> None:
        """Return after so many seconds. Raises Halted as soon as the run has to end."""
        poller = select.poll()
        for descriptor in self._control.descriptors:
            poller.register(descriptor, select.POLLIN)
        now = boottime()
        until = now + seconds
        while True:
            self.refuse_if_halted()
            if now >= until:
                return
            if poller.poll(_milliseconds(min(until, self._control.due(now)) - now)):
                self._control.woken()
            now = boottime()

    def run(self, start: Callable[[int], Process]) -> int:
        """Start a command whose output goes to the descriptor given to ``start``, follow it, return its exit code.

        When it has ended, or has to, everything it left behind is killed. Raises Halted, LogError,
        SandboxUnavailable when the command could not be reached, and what ``start`` raises.
        """
        self.refuse_if_halted()
        reader, writer = output_pipe()
        try:
            try:
                process = start(writer)
            finally:
                os.close(writer)
            ending = _Ending(process)
            try:
                self._follow(process, reader, ending)
            finally:
                # Before the rest of the output is read: a daemon that the command left holds the pipe open.
                if process.poll() is None:
                    process.kill()
            self._drain(reader)
        finally:
            os.close(reader)
            self._log.end_output(boottime())
            self._notifier.soon(boottime())
        if ending.halt is not None:
            raise Halted(ending.halt)
        if process.failure is not None:
            raise SandboxUnavailable(process.failure)
        code = process.poll()
        return _KILLED if code is None else code

    def _follow(self, process: Process, reader: int, ending: _Ending) -> None:
        """Returns when the command has ended or has to be killed now."""
        poller = select.poll()
        ended = os.pidfd_open(process.pid)
        try:
            wakers = self._control.descriptors
            for descriptor in (ended, *wakers):
                poller.register(descriptor, select.POLLIN)
            pipe = _Pipe(reader, poller)
            while True:
                now = boottime()
                ending.consider(self._control.check(now) or self._quota.check(), now)
                if now >= ending.kill_at:
                    return
                pipe.resume(now)
                self._log.flush(now)
                self._notifier.send_pending(now)
                wait = _milliseconds(self._next_moment(pipe, ending, now) - now)
                ready = {descriptor for descriptor, _ in poller.poll(wait)}
                if not ready.isdisjoint(wakers):
                    self._control.woken()
                if reader in ready:
                    pipe.pause(self._read(reader), boottime())
                if ended in ready and process.poll() is not None:
                    return
        finally:
            os.close(ended)

    def _next_moment(self, pipe: _Pipe, ending: _Ending, now: float) -> float:
        moments = (self._log.due, self._notifier.due, pipe.due)
        fixed = min(self._control.due(now), self._quota.due, ending.kill_at)
        return min([fixed, *(moment for moment in moments if moment is not None)])

    def _read(self, reader: int) -> int:
        data = os.read(reader, _READ)
        if data:
            now = boottime()
            self._log.write(data, now)
            self._notifier.soon(now)
        return len(data)

    def _drain(self, reader: int) -> None:
        poller = select.poll()
        poller.register(reader, select.POLLIN)
        give_up = boottime() + _DRAIN
        while (left := give_up - boottime()) > 0 and poller.poll(int(left * 1000)):
            if self._read(reader) == 0:
                return
        self._log.end_output(boottime())
        self._log.line(
            "WARN", "A process of this step still holds its output open; what it prints is dropped"
        )


class _Ending:
    """Whether and when the command that runs has to be killed."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._since = 0.0
        self.halt: Halt | None = None

    @property
    def kill_at(self) -> float:
        return float("inf") if self.halt is None else self._since + self.halt.grace

    def consider(self, order: Halt | None, now: float) -> None:
        """Take an order to end; the first one sends the TERM, a harder one shortens what is left."""
        if order is None:
            return
        if self.halt is None:
            self.halt, self._since = order, now
            if order.grace > 0:
                self._process.terminate()
        elif order.grace < self.halt.grace:
            self.halt = order


class _Pipe:
    """The command's output in the loop's poll object, left alone for a moment after a small read."""

    def __init__(self, reader: int, poller: select.poll) -> None:
        self._reader = reader
        self._poller = poller
        self._gather = _GATHER if fcntl.fcntl(reader, fcntl.F_GETPIPE_SZ) >= _PIPE else _GATHER_SMALL_PIPE
        self.due: float | None = None
        poller.register(reader, select.POLLIN)

    def pause(self, size: int, now: float) -> None:
        """``size`` bytes were read; none at all means that everybody closed the other end."""
        if size < _READ // 4:
            self._poller.unregister(self._reader)
            self.due = now + self._gather if size else None

    def resume(self, now: float) -> None:
        if self.due is not None and now >= self.due:
            self.due = None
            self._poller.register(self._reader, select.POLLIN)
