"""Following one attempt: its journal is sent piece by piece until the recorder says that the run is done."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from bottega.agent.spool import Spool, boottime
from bottega.awaiting import set_within
from bottega.runs.messages import LOG_CHUNK_BYTES, Holding, Report, Stored

WINDOW_BYTES = 2 * 1024 * 1024
POLL_SECONDS = 1.0
GATHER_SECONDS = 0.04
RESEND_SECONDS = 3.0
REFUSED_EXIT_SECONDS = 10.0

log = structlog.get_logger(__name__)


class Attempt:
    """Sends what the runner wrote, within a window of unstored bytes; repeats what nobody answered."""

    def __init__(
        self, spool: Spool, *, slot: int, recorder_id: str, lease_token: str,
        send: Callable[[str, Report], Awaitable[None]], remains: Callable[[str], object],
    ) -> None:  # fmt: skip
        self.spool = spool
        self.slot = slot
        self.recorder_id = recorder_id
        self.holding = Holding(run_id=spool.run_id, attempt=spool.attempt, lease_token=lease_token)
        self._send = send
        self._kill_remains = remains
        self._changed = asyncio.Event()
        self._stored_log = self._sent_log = 0
        self._stored_events = self._sent_events = 0
        self._progress_at = time.monotonic()
        self._done = self._refused = False

    def wake(self) -> None:
        """The runner wrote something, or somebody wants us to look."""
        self._changed.set()

    def on_stored(self, answer: Stored) -> None:
        """The recorder's answer."""
        self._done |= answer.done
        self._refused |= answer.refused
        if answer.log_size > self._stored_log or answer.event_count > self._stored_events:
            self._progress_at = time.monotonic()
        behind = answer.log_size < self._stored_log or answer.event_count < self._stored_events
        if not (answer.done or answer.refused):
            self._stored_log, self._stored_events = answer.log_size, answer.event_count
            if behind:
                # The recorder has less than it once said: it lost its file, so send it again from there.
                self._rewind()
        self._changed.set()

    def on_lease(self, *, held: bool, sent_at: float, lease_seconds: float, margin: float) -> None:
        """The answer to a renewal that was sent at ``sent_at`` (boot time)."""
        if held:
            self.spool.set_deadline(sent_at + lease_seconds - margin)
        elif self.spool.exit() is None:
            self._refused = True
            self._changed.set()

    def stop(self, grace: float) -> None:
        """Ask the runner to stop its steps."""
        if self.spool.exit() is None and self.spool.stop_request() is None:
            self.spool.request_stop(grace, "stop requested")

    async def follow(self) -> None:
        """Return when the run is done or not ours any more, and the runner is dead; the spool is then removed."""
        while not (self._done or self._refused):
            self._changed.clear()
            try:
                moved = await self._advance()
            except Exception as error:
                log.debug("report not sent", run_id=self.spool.run_id, error=repr(error))
                moved = False
                await asyncio.sleep(0.2)
            if not moved:
                await self._pause()
                await self._gather_a_moment()
        if self._refused:
            log.warning("attempt is not ours any more", run_id=self.spool.run_id, attempt=self.spool.attempt)
            self.spool.set_deadline(0.0)
        await self._until_runner_is_dead()
        await asyncio.to_thread(self._kill_remains, self.spool.path.name)
        await asyncio.to_thread(self.spool.remove)

    async def _advance(self) -> bool:
        unstored = self._sent_log - self._stored_log
        waiting = unstored > 0 or self._sent_events > self._stored_events
        if waiting and time.monotonic() - self._progress_at > RESEND_SECONDS:
            self._rewind()
        if unstored >= WINDOW_BYTES:
            return False
        events = self._events()
        chunk = self.spool.read_log(self._sent_log, LOG_CHUNK_BYTES)
        reached = self._sent_log + len(chunk)
        ready = [event for event in events if event["log"] <= reached]
        if not chunk and not ready:
            return False
        if not waiting:
            self._progress_at = time.monotonic()
        report = Report(
            run_id=self.spool.run_id,
            attempt=self.spool.attempt,
            lease_token=self.holding.lease_token,
            log_offset=self._sent_log,
            log=chunk,
            first_event=self._sent_events,
            events=ready,
        )
        await self._send(self.recorder_id, report)
        self._sent_log = reached
        self._sent_events += len(ready)
        return True

    def _events(self) -> list[dict[str, Any]]:
        alive = self.spool.runner_alive()
        events = self.spool.read_events(self._sent_events)
        if alive or self.spool.exit() is not None:
            return events
        # The runner was killed: its tree dies with it, and what may be left of it is killed before this is told.
        self._kill_remains(self.spool.path.name)
        written = len(self.spool.read_events(0))
        if self._sent_events > written:
            return []
        return [*events, lost_runner(seq=written, log_size=self.spool.log_size())]

    def _rewind(self) -> None:
        self._sent_log, self._sent_events = self._stored_log, self._stored_events
        self._progress_at = time.monotonic()

    async def _pause(self) -> None:
        await set_within(POLL_SECONDS, self._changed)

    async def _gather_a_moment(self) -> None:
        """Let what follows at once travel in the same report; the end of a run never waits for it."""
        until = time.monotonic() + GATHER_SECONDS
        while self.spool.exit() is None and (left := until - time.monotonic()) > 0:
            self._changed.clear()
            await set_within(left, self._changed)

    async def _until_runner_is_dead(self) -> None:
        patience = boottime() + REFUSED_EXIT_SECONDS
        while self.spool.runner_alive():
            if boottime() > patience:
                self.spool.kill_runner()
            await asyncio.sleep(0.005)


def lost_runner(*, seq: int, log_size: int, reason: str = "the runner was killed") -> dict[str, Any]:
    """The last event of an attempt whose runner could not write it itself; the run gets another attempt."""
    return {
        "seq": seq,
        "at": int(time.time() * 1000),
        "log": log_size,
        "type": "finished",
        "outcome": "lease-expired",
        "reason": reason,
        "exit_code": None,
        "usage": {},
    }
