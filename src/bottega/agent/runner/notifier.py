"""Tells the agent that there is something new in the spool folder, without drowning it while output streams."""

from __future__ import annotations

from bottega.agent.spool import boottime
from bottega.agent.wakeup import poke

# Seconds between two wake-ups for log output.
EVERY = 0.02


class Notifier:
    """Sends single bytes to the agent's datagram socket; an agent that is away is no error."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._last = 0.0
        self._pending = False

    @property
    def due(self) -> float | None:
        """When ``send_pending`` has something to do (CLOCK_BOOTTIME seconds); None when nothing waits."""
        return self._last + EVERY if self._pending else None

    def soon(self, now: float) -> None:
        """There is more log: tell it now, or with what follows within the next milliseconds."""
        self._pending = True
        self.send_pending(now)

    def send_pending(self, now: float) -> None:
        """Send what waits, when its time has come."""
        if self._pending and now >= self._last + EVERY:
            self._send(now)

    def at_once(self) -> None:
        """There is an event, or the end."""
        self._send(boottime())

    def _send(self, now: float) -> None:
        self._pending = False
        self._last = now
        if self._address:
            poke(self._address)
