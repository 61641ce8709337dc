"""The command line. What takes long to import is imported by the command that needs it."""

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

INTERRUPTED_EXIT = 128 + signal.SIGINT


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the ``bottega`` script; ``arguments`` are those of the process unless given.

    Ctrl-C ends it with code 130 and without a word, whatever is being imported or done: all that commands change is
    changed in one transaction or by renaming one file. Commands that have children to end take the signal over.
    """
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, end_at_once)
    try:
        from bottega.cli.commands import app

        app(arguments)
    except KeyboardInterrupt:
        # An event loop that has ended leaves Python's own handler behind.
        sys.exit(INTERRUPTED_EXIT)
    finally:
        signal.signal(signal.SIGINT, end_at_once)


def end_at_once(_signal: int, _frame: FrameType | None) -> None:
    """A signal handler. An exception would be swallowed or reported in many places that imports pass through."""
    os._exit(INTERRUPTED_EXIT)
