"""Telling agents that there is work or that a run has to stop. Only hints: a scan repeats what got lost."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig
from sqlalchemy import select

from bottega.awaiting import set_within
from bottega.runs.control.connection import ensure_streams
from bottega.runs.held import CLAIMABLE
from bottega.runs.messages import WORK_STREAM, StopOrder, control_subject, encode, work_consumer, work_subject
from bottega.runs.states import RunState
from bottega.runs.tables import Agent, Run
from bottega.settings import RunSettings
from bottega.store.database import Database

SCAN_SECONDS = 3.0

log = structlog.get_logger(__name__)


class HintPublisher:
    """Publishes from any thread; failures are left to the scan."""

    def __init__(
        self,
        client: Client,
        stream: JetStreamContext,
        executor: Executor,
        database: Database,
        settings: RunSettings,
    ) -> None:
        self._client = client
        self._stream = stream
        self._executor = executor
        self._database = database
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._look = asyncio.Event()
        self._scanning: asyncio.Task[None] | None = None

    def work(self, pool: str, arch: str) -> None:
        """There may be work for this pool and architecture."""
        self._loop.call_soon_threadsafe(self._spawn_work, pool, arch)

    def stop(self, agent_id: str, run_id: str) -> None:
        """The run has to stop now."""
        order = StopOrder(run_id=run_id, grace_seconds=self._settings.stop_grace_seconds)
        self._loop.call_soon_threadsafe(self._spawn_stop, agent_id, order)

    def look_now(self) -> None:
        """Something is new, such as an agent: do not wait for the next scan. Call it in the event loop."""
        self._look.set()

    def reconnected(self) -> None:
        """The broker may be another one, without our streams: look, and wait for no answer of the old one."""
        if self._scanning is not None:
            self._scanning.cancel()
        self._look.set()

    async def ensure_consumers(self, pairs: Sequence[tuple[str, str]]) -> None:
        """The shared consumers the agents of these pools pull from."""
        for pool, arch in pairs:
            await self._stream.add_consumer(
                WORK_STREAM,
                ConsumerConfig(
                    durable_name=work_consumer(pool, arch),
                    filter_subject=work_subject(pool, arch),
                    ack_policy=AckPolicy.EXPLICIT,
                    ack_wait=30,
                ),
            )

    async def scan_forever(self) -> None:
        """Every few seconds: keep streams and consumers there, and hint at what still waits."""
        while True:
            self._look.clear()
            self._scanning = asyncio.create_task(self._scan())
            try:
                await asyncio.wait([self._scanning])
            finally:
                self._scanning.cancel()
            await set_within(SCAN_SECONDS, self._look)

    async def _scan(self) -> None:
        try:
            pairs, waiting = await self._loop.run_in_executor(self._executor, self._waiting)
            await ensure_streams(self._stream)
            await self.ensure_consumers(pairs)
            for pool, arch in waiting:
                await self._publish_work(pool, arch)
        except (NatsError, OSError) as error:
            log.debug("scan for waiting runs failed", error=repr(error))
        except Exception:
            log.exception("scan for waiting runs failed")

    def _waiting(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Pools and architectures that have agents, and those of them for which runs wait."""
        with self._database.read() as session:
            pools = session.execute(
                select(Agent.pool, Agent.arch).where(Agent.revoked_at.is_(None), Agent.arch != "").distinct()
            )
            pairs = [(pool, arch) for pool, arch in pools]
            queued = session.execute(
                select(Run.pool, Run.arch)
                .where(Run.state == RunState.QUEUED, Run.held == CLAIMABLE)
                .distinct()
            )
            waiting = [(pool, arch) for pool, arch in queued if (pool, arch) in pairs]
        return pairs, waiting

    def _spawn_work(self, pool: str, arch: str) -> None:
        self._keep(self._loop.create_task(self._publish_work(pool, arch)))

    def _spawn_stop(self, agent_id: str, order: StopOrder) -> None:
        self._keep(self._loop.create_task(self._publish_stop(agent_id, order)))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _publish_work(self, pool: str, arch: str) -> None:
        try:
            await self._stream.publish(work_subject(pool, arch), b"")
        except (NatsError, OSError) as error:
            log.debug("hint lost", pool=pool, arch=arch, error=repr(error))

    async def _publish_stop(self, agent_id: str, order: StopOrder) -> None:
        try:
            await self._client.publish(control_subject(agent_id, "stop"), encode(order))
        except (NatsError, OSError) as error:
            log.debug("stop hint lost", run_id=order.run_id, error=repr(error))
