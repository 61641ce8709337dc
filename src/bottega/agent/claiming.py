"""Asking for runs: on a hint, on a freed slot, and every few seconds without being prompted.

Hints make it quick, nothing depends on them: a hint that got lost costs seconds, never a run.
"""

import asyncio

import structlog
from nats.aio.msg import Msg

from bottega.agent.following import Following
from bottega.agent.hints import Hints, give_back, settle
from bottega.agent.link import UNREACHABLE, Link
from bottega.agent.offering import Offering
from bottega.agent.spool import boottime
from bottega.agent.starting import Starting
from bottega.awaiting import set_within
from bottega.runs.messages import ClaimReply, ClaimRequest

ASK_SECONDS = 10.0
"""Between two unprompted requests of an idle agent."""
LOOK_SECONDS = 2.0
"""Between two looks of an agent that takes no runs at whether the reason is gone."""
FIRST_RETRY_SECONDS = 0.2
LONGEST_RETRY_SECONDS = 5.0
FIRST_HOLD_SECONDS = 0.2
LONGEST_HOLD_SECONDS = 3.0

log = structlog.get_logger(__name__)


class Claiming:
    """The claim, not the hint, decides who gets a run: asking too often costs a query, never a second start."""

    def __init__(
        self, link: Link, hints: Hints, following: Following, offering: Offering, starting: Starting
    ) -> None:
        self._link = link
        self._hints = hints
        self._following = following
        self._offering = offering
        self._starting = starting
        self._ask_at = 0.0
        self._ask_when_freed = False
        self._freed_before = 0
        self._unfit = False
        self._pass_on = False
        self._hold_seconds = FIRST_HOLD_SECONDS
        self._hold_until = 0.0

    def reconnected(self) -> None:
        """Ask at once, and for hints anew: those of the time without a broker have reached nobody."""
        self._hints.begin_anew()
        self._ask_at = 0.0
        self._following.freed.set()

    async def claim_forever(self) -> None:
        """The loop."""
        try:
            await self._claim_forever()
        finally:
            self._hints.close()

    async def _claim_forever(self) -> None:
        retry = FIRST_RETRY_SECONDS
        while True:
            hint = await self._until_asked()
            try:
                await self._claim_all(likely=hint is not None)
            except UNREACHABLE as error:
                log.debug("claim failed", error=repr(error))
                await give_back(hint)
                self._ask_at = 0.0
                await asyncio.sleep(retry)
                retry = min(retry * 2, LONGEST_RETRY_SECONDS)
                continue
            retry = FIRST_RETRY_SECONDS
            self._ask_at = boottime() + ASK_SECONDS
            await (give_back(hint) if self._unfit or self._pass_on else settle(hint))
            self._hold_off(prompted=hint is not None)

    async def _until_asked(self) -> Msg | None:
        """Return when a request is due; with the hint, when one was the cause."""
        freed = self._following.freed
        while True:
            freed.clear()
            if not self._following.free:
                await self._hints.leave()
                await freed.wait()
                continue
            if self._offering.refusal():
                await self._hints.leave()
                # Whoever hinted in the meantime was not heard.
                self._ask_at = 0.0
                await set_within(LOOK_SECONDS, freed)
                continue
            if (held := self._hold_until - boottime()) > 0:
                await self._hints.leave()
                await set_within(held, freed)
                continue
            left = self._ask_at - boottime()
            if left <= 0 or (self._ask_when_freed and self._following.freed_count != self._freed_before):
                return None
            if self._unfit:
                await self._hints.leave()
                await set_within(left, freed)
            elif hint := await self._hints.wait(left, freed):
                return hint

    def _hold_off(self, *, prompted: bool) -> None:
        """Leave a hint that is for others to them for a moment, or this agent would be given it again and again."""
        if not self._pass_on:
            self._hold_seconds = FIRST_HOLD_SECONDS
        elif prompted:
            self._hold_until = boottime() + self._hold_seconds
            self._hold_seconds = min(self._hold_seconds * 2, LONGEST_HOLD_SECONDS)

    async def _claim_all(self, *, likely: bool) -> None:
        """Take runs until there is no slot, or no run for it; ``likely`` there is one."""
        self._ask_when_freed = True
        while self._following.free and not self._offering.refusal():
            self._freed_before = self._following.freed_count
            sent_at = boottime()
            request = ClaimRequest(offer=self._offering.offer(), likely=likely)
            reply = await self._link.request("claim", request, ClaimReply)
            likely = reply.waiting
            self._unfit, self._pass_on = reply.unfit, reply.pass_on
            self._offering.unfit(reply.reason if reply.unfit else "")
            if reply.run is not None:
                await self._starting.start(reply.run, sent_at)
            if reply.run is None or not reply.waiting:
                # Without anything that waits a freed slot changes nothing, unless it is the first to be free.
                self._ask_when_freed = reply.waiting or not self._following.free
                return
