"""Answering the agents' requests; replicas share them through a queue group."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from bottega.runs.claims import Claims
from bottega.runs.leases import Leases
from bottega.runs.messages import (
    ClaimReply,
    ClaimRequest,
    RenewReply,
    RenewRequest,
    SecretFileReply,
    SecretFileRequest,
    decode,
    encode,
)
from bottega.runs.secret_files import SecretFiles
from bottega.settings import RunSettings

QUEUE_GROUP = "control"

log = structlog.get_logger(__name__)


class Requests:
    """``claim``, ``renew`` and ``file``. The agent's id is taken from the subject, which its credentials bind it to."""

    def __init__(
        self,
        client: Client,
        executor: Executor,
        *,
        claims: Claims,
        leases: Leases,
        secret_files: SecretFiles,
        settings: RunSettings,
        new_agent: Callable[[], None],
    ):
        self._client = client
        self._executor = executor
        self._claims = claims
        self._leases = leases
        self._secret_files = secret_files
        self._settings = settings
        self._new_agent = new_agent
        self._heard: set[tuple[str, str]] = set()
        self._loop = asyncio.get_running_loop()

    async def start(self) -> None:
        """Begin answering."""
        await self._client.subscribe("bottega.agent.*.claim", QUEUE_GROUP, cb=self._answering(self._claim))
        await self._client.subscribe("bottega.agent.*.renew", QUEUE_GROUP, cb=self._answering(self._renew))
        await self._client.subscribe("bottega.agent.*.file", QUEUE_GROUP, cb=self._answering(self._file))

    def _answering(self, answer: Callable[[str, bytes], Any]) -> Any:
        async def handle(message: Msg) -> None:
            agent_id = message.subject.split(".")[2]
            try:
                loop = asyncio.get_running_loop()
                reply = await loop.run_in_executor(self._executor, answer, agent_id, message.data)
            except msgspec.DecodeError as error:
                log.warning("unreadable request", agent_id=agent_id, error=str(error))
                return
            except Exception:
                # No reply: the agent asks again, and nothing was committed.
                log.exception("request failed", subject=message.subject)
                return
            if reply is not None:
                await message.respond(encode(reply))

        return handle

    def _claim(self, agent_id: str, data: bytes) -> ClaimReply:
        request = decode(data, type=ClaimRequest)
        return self._claims.claim(agent_id, request.offer, likely=request.likely)

    def _file(self, agent_id: str, data: bytes) -> SecretFileReply:
        return self._secret_files.fetch(agent_id, decode(data, type=SecretFileRequest))

    def _renew(self, agent_id: str, data: bytes) -> RenewReply | None:
        request = decode(data, type=RenewRequest)
        renewals = self._leases.renew(agent_id, request.offer, request.holdings)
        if renewals is None:
            return None
        if (agent_id, request.offer.arch) not in self._heard:
            # Its pool may be one that nobody served so far: without a consumer it would hear no hint.
            self._heard.add((agent_id, request.offer.arch))
            self._loop.call_soon_threadsafe(self._new_agent)
        return RenewReply(lease_seconds=self._settings.lease_seconds, renewals=renewals)
