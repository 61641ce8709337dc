"""The recorder's intake: what agents report arrives through JetStream and is acknowledged when it is stored."""

import asyncio
from concurrent.futures import Executor
from typing import Any

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import NotFoundError

from bottega.runs.messages import REPORT_STREAM, Report, control_subject, decode, encode
from bottega.runs.recorder import Recorder

REDELIVER_SECONDS = 10
UNACKNOWLEDGED = 32
RETRY_SECONDS = 0.5

log = structlog.get_logger(__name__)


class Reports:
    """Hands reports to the recorder one after the other (their order is the order of the log)."""

    def __init__(
        self,
        client: Client,
        stream: JetStreamContext,
        executor: Executor,
        recorder: Recorder,
        replica_id: str,
    ):
        self._client = client
        self._stream = stream
        self._executor = executor
        self._recorder = recorder
        self._replica_id = replica_id
        self._durable = f"recorder_{replica_id}"
        self._subscription: Any = None
        self._failing: set[str] = set()

    async def start(self) -> None:
        """Begin storing; the consumer is durable, so that nothing is passed over while this replica is away."""
        self._subscription = await self._stream.subscribe(
            f"bottega.report.{self._replica_id}.*",
            queue=self._durable,
            durable=self._durable,
            stream=REPORT_STREAM,
            manual_ack=True,
            cb=self._handle,
            config=ConsumerConfig(
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=REDELIVER_SECONDS,
                max_ack_pending=UNACKNOWLEDGED,
            ),
        )

    async def ensure(self) -> None:
        """Begin again when the consumer is gone: the stream was lost, or made anew."""
        try:
            await self._stream.consumer_info(REPORT_STREAM, self._durable)
        except NotFoundError:
            log.warning("the consumer of reports was lost; made anew")
            await self.stop()
            await self.start()

    async def stop(self) -> None:
        """Stop taking reports; the durable consumer stays."""
        if self._subscription is not None:
            await self._subscription.unsubscribe()
            self._subscription = None

    async def _handle(self, message: Msg) -> None:
        if not message.data:
            # Only to see whether the stream stores anything.
            await message.ack()
            return
        agent_id = message.subject.split(".")[3]
        try:
            report = decode(message.data, type=Report)
        except msgspec.DecodeError as error:
            log.warning("unreadable report dropped", agent_id=agent_id, error=str(error))
            await message.term()
            return
        try:
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._executor, self._recorder.store, agent_id, report)
        except Exception:
            # Nothing is lost: the agent's disk keeps it, and the message comes again.
            self._note_failure(report.run_id)
            await message.nak(delay=RETRY_SECONDS)
            return
        self._failing.discard(report.run_id)
        await self._client.publish(control_subject(agent_id, "stored"), encode(answer))
        await message.ack()

    def _note_failure(self, run_id: str) -> None:
        """Say it once for a run: a full disk refuses every report of it until there is room."""
        if run_id not in self._failing:
            self._failing.add(run_id)
            log.exception("report could not be stored; it comes again", run_id=run_id)
