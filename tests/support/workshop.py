"""The whole execution layer in one event loop: a real broker, the control plane, agents with real runners; no HTTP."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext

from bottega.agent.identity import AgentIdentity
from bottega.agent.sandbox import Facilities
from bottega.agent.service import AgentService
from bottega.agent.spool import Spool
from bottega.app import Services, bring_schema_up
from bottega.iam.principal import Principal
from bottega.runs.messages import WORK_STREAM
from bottega.runs.nats_server import CONTROL_USER, NatsServer
from bottega.runs.states import FINAL
from bottega.runs.tables import Agent, Run
from bottega.settings import Settings, load
from tests.support.databases import seed_tenant
from tests.support.migrated import put_database
from tests.support.runs import new_run, submit
from tests.support.server import keep_found_tools, share_found_tools
from tests.support.waiting import eventually

T = TypeVar("T")


class Worker:
    """One agent; its ``settings`` may be changed while it works."""

    def __init__(self, workshop: "Workshop", identity: AgentIdentity, settings: Settings) -> None:
        self.identity = identity
        self.settings = settings
        self.folder = workshop.root / identity.name
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ordinary = False

    def start(self, facilities: Facilities | None = None, *, looks: bool = False) -> None:
        """``looks`` for an agent that knows nothing of the host's tools, whatever others have found."""
        self._stopping.clear()
        self._ordinary = facilities is None and not self.settings.agent.tools
        if self._ordinary and not looks:
            share_found_tools(self.folder)
        service = AgentService(self.settings, self.identity, self.folder, facilities)
        self._task = asyncio.create_task(service.run(self._stopping))

    async def stop(self) -> None:
        self._stopping.set()
        if self._task is not None:
            await self._task
        if self._ordinary:
            keep_found_tools(self.folder)

    @property
    def spools(self) -> list[Spool]:
        return Spool.scan(self.folder / "spool")


class Workshop:
    """Made by :func:`workshop`."""

    def __init__(self, root: Path, services: Services, broker: NatsServer, caller: Principal) -> None:
        self.root = root
        self.services = services
        self.broker = broker
        self.workers: dict[str, Worker] = {}
        self._caller = caller
        self._numbers = 0

    def submit(self, **changes: Any) -> str:
        """Queue and announce a run with one shell step that succeeds; returns its id."""
        self._numbers += 1
        run = submit(
            self.services.runs, self.services.database, new_run(self._caller, self._numbers, **changes)
        )
        self.services.runs.announce(run)
        return run.id

    def row(self, run_id: str) -> Run:
        with self.services.database.read() as session:
            return session.get_one(Run, run_id)

    def why_waiting(self, run_id: str) -> str:
        with self.services.database.read() as session:
            return self.services.runs.waiting_reason(session, session.get_one(Run, run_id))

    def offered(self, name: str) -> dict[str, Any]:
        """What the control plane knows of an agent; empty before it was heard of."""
        with self.services.database.read() as session:
            return session.get_one(Agent, self.workers[name].identity.agent_id).offer

    async def ended(self, run_id: str) -> Run:
        """The run once it is final."""
        await until(lambda: self.row(run_id).state in FINAL, 90.0)
        return self.row(run_id)

    async def hints_are_settled(self) -> None:
        """Return when no hint is left that somebody may still act upon."""
        client = await self.listen()
        await all_settled(client.jetstream())
        await client.close()

    async def listen(self) -> Client:
        """A client that may do everything, to see what is said."""
        return await nats.connect(
            self.broker.url, user=CONTROL_USER, password=self.broker.control_password, pending_size=0
        )

    @contextlib.asynccontextmanager
    async def counted(self, subject: str) -> AsyncGenerator[list[str]]:
        """The subjects of all messages that match ``subject`` while the block runs."""
        seen: list[str] = []

        async def note(message: Any) -> None:
            seen.append(message.subject)

        client = await self.listen()
        await client.subscribe(subject, cb=note)
        await client.flush()
        yield seen
        await client.close()


@contextlib.asynccontextmanager
async def workshop(
    agents: Mapping[str, Mapping[str, Any]], settings: Mapping[str, Any] | None = None
) -> AsyncGenerator[Workshop]:
    """``agents``: settings that differ, by name. They are enrolled, and start when the test says so."""
    # Not below pytest's own folder: builds run as users of their own and must reach their workspace.
    root = _reachable_folder()
    common: dict[str, Any] = {"data_dir": str(root / "data"), **(settings or {})}
    runs: Mapping[str, Any] = common.get("runs", {})
    common["runs"] = {"renew_seconds": 0.3, **runs}
    known = load(environment={}, overrides=common)
    put_database(known.data)
    services = Services(known)
    broker = NatsServer(root / "nats", "127.0.0.1", 0, 2 * 1024**3)
    made = Workshop(root, services, broker, caller=None)  # type: ignore[arg-type]
    try:
        await asyncio.to_thread(bring_schema_up, services.database)
        made._caller = seed_tenant(services.database)
        await broker.start([])
        for name, differing in agents.items():
            identity = services.agents.enrol(name, "default", broker.url)
            # Slots of several agents on one host must not share their users.
            users = {"first_uid": 61700 + 10 * len(made.workers), "slots": 2}
            changed = {**common, **differing, "agent": {**users, **differing.get("agent", {})}}
            made.workers[name] = Worker(made, identity, load(environment={}, overrides=changed))
        await broker.stop()
        await broker.start(services.agents.keys())
        await services.control.start(broker.url, user=CONTROL_USER, password=broker.control_password)
        yield made
    finally:
        for worker in made.workers.values():
            await worker.stop()
        await services.control.stop()
        await broker.stop()
        services.close()
        await asyncio.to_thread(_clear_away, made)


def _reachable_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="bottega-workshop-"))
    folder.chmod(0o711)
    return folder


def _clear_away(made: Workshop) -> None:
    for worker in made.workers.values():
        for spool in worker.spools:
            spool.kill_runner()
            eventually(lambda spool=spool: not spool.runner_alive())
            spool.remove()
    shutil.rmtree(made.root, ignore_errors=True)


async def all_settled(stream: JetStreamContext) -> None:
    """Return when every hint was acknowledged."""
    async with asyncio.timeout(15):
        while (await stream.stream_info(WORK_STREAM)).state.messages:  # noqa: ASYNC110 - only the broker knows
            await asyncio.sleep(0.01)


async def until(predicate: Callable[[], T], seconds: float = 15.0) -> T:
    """Like ``eventually``, beside an event loop."""
    return await asyncio.to_thread(eventually, predicate, seconds)
