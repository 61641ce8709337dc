"""The attempts of this agent: each is followed by a task of its own until its run is done or another's."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import structlog

from bottega.agent.attempt import Attempt
from bottega.agent.sandbox import sweep_leftovers
from bottega.agent.spool import Spool, SpoolError
from bottega.runs.messages import Report, StopOrder, Stored
from bottega.scm.failures import ScmError
from bottega.scm.mirror import Mirrors

RETRY_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Following:
    """``folder`` holds spools, workspaces and mirrors. Used from the event loop only."""

    def __init__(
        self, folder: Path, *, slots: int, first_uid: int, send: Callable[[str, Report], Awaitable[None]]
    ) -> None:
        self._folder = folder
        self._slots = slots
        self._first_uid = first_uid
        self._send = send
        self._attempts: dict[str, Attempt] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._killed: set[str] = set()
        self.freed = asyncio.Event()
        self.freed_count = 0

    def __iter__(self) -> Iterator[Attempt]:
        return iter(list(self._attempts.values()))

    def find(self, run_id: str, attempt: int) -> Attempt | None:
        """The attempt, when this agent has it."""
        return self._attempts.get(f"{run_id}.{attempt}")

    @property
    def free(self) -> int:
        """Slots without an attempt; attempts that are being ended still have theirs."""
        return max(0, self._slots - len(self._attempts))

    def free_slot(self) -> int:
        """The number of a free slot; its user id belongs to nobody else then."""
        taken = {attempt.slot for attempt in self._attempts.values()}
        return next(number for number in range(len(taken) + 1) if number not in taken)

    def adopt(self) -> None:
        """Follow what nobody follows: what an agent before this one left, or what went wrong half-way."""
        for spool in Spool.scan(self._folder / "spool"):
            if spool.name not in self._attempts:
                try:
                    self._adopt(spool)
                except Exception:
                    # One folder that nobody can read must not keep the agent from all others.
                    log.exception("attempt cannot be adopted", run_id=spool.run_id, attempt=spool.attempt)

    def follow(self, spool: Spool, slot: int, recorder_id: str, lease_token: str) -> None:
        """Follow an attempt to its end, whatever happens on the way."""
        attempt = Attempt(
            spool,
            slot=slot,
            recorder_id=recorder_id,
            lease_token=lease_token,
            send=self._send,
            remains=self._kill_remains,
        )
        self._attempts[spool.name] = attempt
        task = asyncio.create_task(self._follow_to_end(attempt))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def wake(self) -> None:
        """A runner wrote something."""
        for attempt in self:
            attempt.wake()

    def on_stored(self, answer: Stored) -> None:
        """The recorder's answer to a report."""
        attempt = self.find(answer.run_id, answer.attempt)
        if attempt is not None:
            attempt.on_stored(answer)

    def on_stop(self, order: StopOrder) -> None:
        """Somebody wants the run to stop."""
        for attempt in self:
            if attempt.spool.run_id == order.run_id:
                attempt.stop(order.grace_seconds)

    def leave(self) -> None:
        """Stop following; the runners go on, and the next agent adopts them."""
        for task in self._tasks:
            task.cancel()

    def _adopt(self, spool: Spool) -> None:
        try:
            spec = spool.spec()
        except SpoolError:
            # An agent died while it made the folder: nothing ever ran in it.
            spool.remove()
            return
        slot = max(0, (spec["uid"] or 0) - self._first_uid)
        alive = spool.runner_alive()
        log.info("attempt adopted", run_id=spool.run_id, attempt=spool.attempt, alive=alive)
        self.follow(spool, slot, spec["recorder_id"], spec["lease_token"])

    async def _follow_to_end(self, attempt: Attempt) -> None:
        spool = attempt.spool
        while True:
            try:
                await attempt.follow()
                break
            except Exception:
                log.exception("following an attempt failed", run_id=spool.run_id)
                await asyncio.sleep(RETRY_SECONDS)
        self._attempts.pop(spool.name, None)
        self.freed_count += 1
        self.freed.set()
        if spool.name in self._killed:
            self._killed.discard(spool.name)
            # Housekeeping drops later what cannot be dropped now.
            with contextlib.suppress(OSError, ScmError):
                await asyncio.to_thread(Mirrors(self._folder / "mirrors").unpin, spool.name)

    def _kill_remains(self, name: str) -> None:
        """What a runner leaves that did not end by itself: processes, and later its pins."""
        sweep_leftovers(set(self._attempts) - {name})
        if Spool(self._folder / "spool" / name).exit() is None:
            self._killed.add(name)
