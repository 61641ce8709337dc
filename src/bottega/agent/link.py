"""The agent's connection to the control plane: requests, reports, and what the control plane says by itself."""

import contextlib
from collections.abc import Callable
from typing import TypeVar

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from bottega.agent.identity import AgentIdentity
from bottega.awaiting import within
from bottega.runs import messages
from bottega.runs.control.connection import connect
from bottega.runs.messages import Report, StopOrder, Stored

REQUEST_SECONDS = 5.0
CLOSE_SECONDS = 2.0
UNREACHABLE = (NatsError, OSError, TimeoutError)
"""What every call here may raise: the control plane does not answer now and may later."""

T = TypeVar("T")


class Link:
    """Reconnects for ever. All subjects carry the agent's id, to which its credentials are limited.

    ``on_back`` is called whenever it has reconnected.
    """

    def __init__(self, identity: AgentIdentity) -> None:
        self._identity = identity
        self._client: Client | None = None
        self.stream: JetStreamContext
        self.on_back: Callable[[], None] = lambda: None

    async def connect(
        self, on_stored: Callable[[Stored], None], on_stop: Callable[[StopOrder], None]
    ) -> None:
        """Connect, and call back with the recorder's answers and with orders to stop."""
        identity = self._identity

        async def receive(message: Msg) -> None:
            verb = message.subject.rpartition(".")[2]
            if verb == "stored":
                on_stored(messages.decode(message.data, type=Stored))
            elif verb == "stop":
                on_stop(messages.decode(message.data, type=StopOrder))

        client = await connect(
            identity.url,
            name=f"agent {identity.name}",
            on_back=self._reconnected,
            user=identity.agent_id,
            password=identity.key,
            inbox_prefix=f"_INBOX_{identity.agent_id}".encode(),
        )
        self._client = client
        self.stream = client.jetstream(timeout=REQUEST_SECONDS)
        await client.subscribe(messages.control_subject(identity.agent_id, "*"), cb=receive)

    def _reconnected(self) -> None:
        # Who listens is known only after the first connection.
        self.on_back()

    async def request(self, verb: str, body: object, answer: type[T]) -> T:
        """Ask whichever replica answers first. Raises one of ``UNREACHABLE``."""
        subject = messages.request_subject(self._identity.agent_id, verb)
        assert self._client is not None  # noqa: S101 - connect() comes first
        reply = await self._client.request(subject, messages.encode(body), timeout=REQUEST_SECONDS)
        return messages.decode(reply.data, type=answer)

    async def report(self, recorder_id: str, report: Report) -> None:
        """Hand a piece of a journal to its recorder's stream; returns when the stream has it."""
        subject = messages.report_subject(recorder_id, self._identity.agent_id)
        await self.stream.publish(subject, messages.encode(report))

    async def close(self) -> None:
        """Hang up."""
        if self._client is None:
            return
        with contextlib.suppress(*UNREACHABLE):
            await within(CLOSE_SECONDS, self._client.close())
