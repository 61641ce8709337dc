"""Ctrl-C at any moment: the first one ends what is being done, further ones only hurry the cleaning up."""

import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """Somebody asked for the end. No ``Exception``, so that no handler of failures takes it for one."""


class Interruptions:
    """Counts the requests to end; raises :class:`Interrupted` for the first one, unless that is held back."""

    def __init__(self) -> None:
        self.count = 0
        self.signal = signal.SIGINT
        self._held = False
        self._told = False

    def install(self) -> None:
        """Take over the signals of this process."""
        for number in SIGNALS:
            signal.signal(number, self._handle)

    @contextmanager
    def held(self) -> Generator[None]:
        """A block that must be completed, such as starting a child and noting that it was started."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        self._tell()

    def close(self) -> None:
        """From now on requests are only counted."""
        self._told = True

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self.count == 0:
            self.signal = signal.Signals(number)
        self.count += 1
        self._tell()

    def _tell(self) -> None:
        if self.count and not self._held and not self._told:
            self._told = True
            raise Interrupted
