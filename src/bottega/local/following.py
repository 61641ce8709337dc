"""One runner from its start to its end: its log, its lease, and whoever wants it to stop."""

import contextlib
import os
import select
import signal
import socket
from collections.abc import Generator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from bottega.agent.sandbox import sweep_leftovers
from bottega.agent.spool import STDERR, Spool, bind_datagrams, boottime

RUNNER = "bottega.local.runner"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_SECONDS = 0.2
LEASE_SECONDS = 3600.0
RENEW_SECONDS = 60.0
GRACE_SECONDS = 10.0
_CHUNK = 1024 * 1024


class Interruptions:
    """Counts requests to end; ``signal`` is the first one."""

    def __init__(self) -> None:
        self.count = 0
        self.signal = signal.SIGINT

    @contextlib.contextmanager
    def counted(self) -> Generator[None]:
        """A block in which signals end nothing by themselves."""
        before = {number: signal.getsignal(number) for number in SIGNALS}
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, self._count)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _count(self, number: int, _frame: FrameType | None) -> None:
        if self.count == 0:
            self.signal = signal.Signals(number)
        self.count += 1


class Shows(Protocol):
    """Who is shown the log and is told what goes on."""

    def log(self, data: bytes) -> None: ...
    def log_ends(self) -> None: ...
    def say(self, sentence: str) -> None: ...


def carry_out(
    folder: Path,
    number: int,
    spec: Mapping[str, Any],
    interruptions: Interruptions,
    screen: Shows,
    *,
    keep: bool = False,
    grace: float = GRACE_SECONDS,
) -> dict[str, Any]:
    """Run attempt ``number`` of a command with the working folder ``folder``, and return its report.

    Nothing of it is left, unless ``keep``. Raises SpoolError.
    """
    # The run id is part of the names of control groups, which are the machine's.
    run_id = f"{folder.name}-{number}"
    spool = Spool.create(folder / "spool", run_id, 1, {**spec, "run_id": run_id})
    notify = bind_datagrams(spec["notify_socket"])
    try:
        return follow(spool, notify, interruptions, screen, grace)
    finally:
        notify.close()
        end(spool)
        if not keep:
            spool.remove()


def follow(
    spool: Spool, notify: socket.socket, interruptions: Interruptions, screen: Shows, grace: float
) -> dict[str, Any]:
    """Start the runner, show its log, and return its report once it and all it started are dead.

    A first interruption asks it to stop within ``grace`` seconds, a second one at once.
    """
    spool.set_deadline(boottime() + LEASE_SECONDS)
    spool.start_runner(RUNNER)
    renewed, asked, shown = boottime(), 0, 0
    while True:
        alive = spool.runner_alive()
        while chunk := spool.read_log(shown, _CHUNK):
            shown += len(chunk)
            screen.log(chunk)
        if not alive:
            break
        if interruptions.count > asked:
            asked = interruptions.count
            _ask(spool, asked, interruptions.signal, screen, grace)
        if boottime() - renewed > RENEW_SECONDS:
            renewed = boottime()
            spool.set_deadline(renewed + LEASE_SECONDS)
        _wait(notify)
    screen.log_ends()
    return spool.exit() or _lost(spool)


def end(spool: Spool) -> None:
    """Make sure that nothing of the attempt lives, however its following ended."""
    known = spool.runner()
    if known is not None and spool.kill_runner():
        # Whoever has asked about it meanwhile may have reaped it.
        with contextlib.suppress(ChildProcessError):
            os.waitpid(known.pid, 0)
    if spool.exit() is None:
        sweep_leftovers(set())


def _ask(spool: Spool, count: int, number: signal.Signals, screen: Shows, grace: float) -> None:
    name = "Ctrl-C" if number is signal.SIGINT else number.name
    if count == 1 and grace:
        screen.say(f"{name}: the build is asked to end; once more kills it at once")
    spool.request_stop(grace if count == 1 else 0.0, f"stopped by {name}")


def _wait(notify: socket.socket) -> None:
    ready, _, _ = select.select([notify], [], [], LOOK_SECONDS)
    try:
        while ready and notify.recv(64):
            continue
    except BlockingIOError:
        return


def _lost(spool: Spool) -> dict[str, Any]:
    """The runner died without a report: its processes died with it."""
    try:
        said = (spool.path / STDERR).read_text("utf-8", "replace").strip().splitlines()
    except OSError:
        said = []
    reason = f"the runner died: {said[-1]}" if said else "the runner was killed"
    return {"outcome": "error", "reason": reason, "exit_code": None}
