"""A process that is asked to end and clears up first: signals reach it while it waits for a step, and nowhere else.

Anywhere else something would be half done: a step that is started, and that nobody knows of yet.
"""

from __future__ import annotations

import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bottega.agent.sandbox.running import Running

_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT})


def end_while_waiting() -> None:
    """From now on SIGTERM and SIGINT are SystemExit in :func:`waited`. For the main thread, before it starts a step."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    for number in _SIGNALS:
        signal.signal(number, _leave)


def waited(running: Running, seconds: float) -> int | None:
    """The exit code of a step, or None if it takes longer."""
    mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    try:
        running.wait_until(time.monotonic() + seconds)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return running.poll()


def _leave(number: int, _frame: object) -> None:
    # Once is enough: what follows is the clearing up.
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)
