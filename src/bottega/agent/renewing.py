"""Renewing the leases of all attempts in one request, which also says that the agent is there and what it offers."""

import asyncio

import structlog

from bottega.agent.following import Following
from bottega.agent.link import UNREACHABLE, Link
from bottega.agent.offering import Offering
from bottega.agent.spool import boottime
from bottega.runs.messages import RenewReply, RenewRequest
from bottega.settings import RunSettings

RENEWS_PER_LEASE = 9
MARGIN_SHARE = 0.2
"""Of the lease: a runner ends so much earlier than the control plane gives its run to another agent."""
RETRY_SECONDS = 0.2

log = structlog.get_logger(__name__)


class Renewing:
    """The control plane's answer says how long leases are, whatever the agent's own settings say."""

    def __init__(self, link: Link, following: Following, offering: Offering, settings: RunSettings) -> None:
        self._link = link
        self._following = following
        self._offering = offering
        self._settings = settings
        self._lease_seconds = settings.lease_seconds

    async def renew_forever(self) -> None:
        """The loop."""
        while True:
            try:
                await self.renew()
            except UNREACHABLE as error:
                # Without runs there are no leases that could end, and claims tell that nobody answers.
                tell = log.warning if list(self._following) else log.debug
                tell("leases not renewed", error=repr(error))
                await asyncio.sleep(RETRY_SECONDS)
            await asyncio.sleep(min(self._settings.renew_seconds, self._lease_seconds / RENEWS_PER_LEASE))

    async def renew(self) -> None:
        """One request. Raises one of ``UNREACHABLE``."""
        sent_at = boottime()
        holdings = [attempt.holding for attempt in self._following]
        request = RenewRequest(offer=self._offering.offer(), holdings=holdings)
        reply = await self._link.request("renew", request, RenewReply)
        self._lease_seconds = reply.lease_seconds
        for renewal in reply.renewals:
            attempt = self._following.find(renewal.run_id, renewal.attempt)
            if attempt is None:
                continue
            if renewal.held and renewal.recorder_id:
                attempt.recorder_id = renewal.recorder_id
            margin = reply.lease_seconds * MARGIN_SHARE
            attempt.on_lease(
                held=renewal.held, sent_at=sent_at, lease_seconds=reply.lease_seconds, margin=margin
            )
            if renewal.stop:
                attempt.stop(renewal.stop_grace_seconds)
