"""Waiting for the hint that there is work. Hints are shared by a pool: one that cannot be used goes back at once."""

import asyncio
import contextlib
import time

import structlog
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from bottega.agent.link import UNREACHABLE
from bottega.runs.messages import WORK_STREAM

PULL_SECONDS = 10.0
FIRST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 3.0

log = structlog.get_logger(__name__)


class Hints:
    """Leaves one request with the broker at a time, also while the agent is busy with something else."""

    def __init__(self, stream: JetStreamContext, consumer: str) -> None:
        self._stream = stream
        self._consumer = consumer
        self._subscription: JetStreamContext.PullSubscription | None = None
        self._pulling: asyncio.Task[Msg | None] | None = None
        self._wanted = False

    async def wait(self, seconds: float, interruption: asyncio.Event) -> Msg | None:
        """The next hint; None after ``seconds``, or as soon as ``interruption`` is set."""
        self._wanted = True
        if self._pulling is None or (self._pulling.done() and self._pulling.result() is None):
            self._pulling = asyncio.create_task(self._pull())
        pulling = self._pulling
        interrupted = asyncio.create_task(interruption.wait())
        try:
            await asyncio.wait([pulling, interrupted], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            interrupted.cancel()
        if pulling is not self._pulling or not pulling.done():
            return None
        self._pulling = None
        return pulling.result()

    def begin_anew(self) -> None:
        """The broker may be another one, which knows nothing of our request: the next ``wait`` leaves a new one.

        A ``wait`` under way ends with None at the latest when its time is over.
        """
        if self._pulling is not None and not self._pulling.done():
            self._pulling.cancel()
            self._pulling = None

    async def leave(self) -> None:
        """From now on hints are for other agents, until the next ``wait``."""
        self._wanted = False
        if self._pulling is not None and self._pulling.done():
            hint, self._pulling = self._pulling.result(), None
            await give_back(hint)

    def close(self) -> None:
        """Stop pulling."""
        self._wanted = False
        if self._pulling is not None:
            self._pulling.cancel()

    async def _pull(self) -> Msg | None:
        """A hint, or None when nobody wants one any more. What goes wrong is tried again, ever more slowly."""
        retry = FIRST_RETRY_SECONDS
        while self._asked():
            begun = time.monotonic()
            try:
                if self._subscription is None:
                    self._subscription = await self._stream.pull_subscribe_bind(self._consumer, WORK_STREAM)
                (hint,) = await self._subscription.fetch(1, timeout=PULL_SECONDS)
            except UNREACHABLE as error:
                if time.monotonic() - begun >= PULL_SECONDS / 2:
                    retry = FIRST_RETRY_SECONDS
                    continue
                # The broker has just been started and has no such consumer yet: asking again at once would be a loop
                # as fast as the machine.
                log.debug("no hints", error=repr(error))
                await asyncio.sleep(retry)
                retry = min(retry * 2, LONGEST_RETRY_SECONDS)
                continue
            if self._asked():
                return hint
            await give_back(hint)
        return None

    def _asked(self) -> bool:
        """Whether anybody waits for the task that calls this."""
        task = asyncio.current_task()
        # The library may have forgotten a cancellation; see bottega.awaiting.
        return self._wanted and not (task is not None and task.cancelling())


async def give_back(hint: Msg | None) -> None:
    """Let another agent have the hint."""
    if hint is not None:
        with contextlib.suppress(*UNREACHABLE):
            await hint.nak()


async def settle(hint: Msg | None) -> None:
    """The hint has served its purpose."""
    if hint is not None:
        with contextlib.suppress(*UNREACHABLE):
            await hint.ack()
