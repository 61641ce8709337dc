"""One replica from start to stop: broker, control plane, agent, HTTP, in this order, and back."""

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import structlog
import uvicorn
import uvloop

from bottega.agent.identity import AgentIdentity
from bottega.app import Services, bring_schema_up
from bottega.clock import epoch_ms
from bottega.data_folder import MASTER_KEY_FILE, prepare_data_folder
from bottega.embedded import embedded_identity, identity_file, keep_running, nats_server
from bottega.embedded_agent import EmbeddedAgent
from bottega.failures import failure
from bottega.http.protocol import LenientProtocol
from bottega.iam.bootstrap import bootstrap
from bottega.loops import domain_loops
from bottega.routes import create_app
from bottega.runs.agents import online
from bottega.runs.nats_server import CONTROL_USER, NatsServer
from bottega.settings import Settings
from bottega.store.secrets import SealBroken

DRAIN_SECONDS = 3
RELOAD_SECONDS = 3.0
BACKLOG = 2048

log = structlog.get_logger(__name__)


class ServerError(Exception):
    """The server cannot start or go on; the message says why."""


class HttpServer(uvicorn.Server):
    """uvicorn without its own signal handling: this module decides the order of the end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """Leave the process's signal handlers alone."""
        yield


def run(settings: Settings, agent: EmbeddedAgent | None) -> None:
    """Serve until SIGTERM or SIGINT. ``agent`` was launched already, or is None for a server without one.

    Raises :class:`ServerError` when it cannot start. Until there is a broker to be ended, the two signals do what they
    did before the call: whatever has been done by then was done in transactions.
    """
    with contextlib.ExitStack() as stack:
        try:
            services, listener = _prepare(settings, stack)
            identity = None if agent is None else embedded_identity(settings, services.agents)
        except Exception as error:
            raise _explained(error, settings) from error
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(services, listener, agent, identity))


def _prepare(settings: Settings, stack: contextlib.ExitStack) -> tuple[Services, socket.socket]:
    """What needs no event loop; all of it is closed with ``stack``."""
    data = prepare_data_folder(settings)
    stack.callback(os.close, _hold(data))
    listener = _listen(settings)
    stack.callback(listener.close)
    services = Services(settings)
    stack.callback(services.close)
    bring_schema_up(services.database)
    _require_own_key(services)
    services.local_url = _local_url(listener)
    bootstrap(services.database, settings, services.secrets, _endpoint(settings, listener))
    return services, listener


async def _serve(
    services: Services,
    listener: socket.socket,
    agent: EmbeddedAgent | None,
    identity: AgentIdentity | None,
) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    stop = asyncio.create_task(stopping.wait())
    async with contextlib.AsyncExitStack() as stack:
        starting = asyncio.create_task(_start(services, agent, identity, stack))
        await asyncio.wait([starting, stop], return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            await asyncio.wait([starting])
            return
        try:
            http = starting.result()
        except Exception as error:
            raise _explained(error, services.settings) from error
        serving = asyncio.create_task(http.serve(sockets=[listener]))
        keeping = None
        if agent is not None and identity is not None:
            keeping = asyncio.create_task(_keep_agent(agent, identity))
        settings = services.settings
        log.info("listening", endpoint=_endpoint(settings, listener), data_dir=str(settings.data))
        await asyncio.wait([serving, stop], return_when=asyncio.FIRST_COMPLETED)
        log.info("stopping")
        http.should_exit = True
        if agent is not None and keeping is not None:
            keeping.cancel()
            await agent.stop()
        await serving
    if not stopping.is_set():
        raise ServerError("the HTTP server has ended by itself")


async def _start(
    services: Services,
    agent: EmbeddedAgent | None,
    identity: AgentIdentity | None,
    stack: contextlib.AsyncExitStack,
) -> HttpServer:
    """Everything before requests are answered; ``stack`` ends what was begun, also when this is cancelled."""
    url, credentials = await stack.enter_async_context(_broker(services))
    # First: it may be cancelled in the middle of its start.
    stack.push_async_callback(services.control.stop)
    await services.control.start(url, **credentials)
    stack.push_async_callback(asyncio.to_thread, services.notify.stop)
    await asyncio.to_thread(services.notify.start)
    await stack.enter_async_context(domain_loops(services))
    missing = _Missing(services, with_agent=agent is not None)
    if agent is not None and identity is not None:
        identity.url = url
        identity.server = services.local_url
        identity.save(identity_file(services.settings))
        # Before the application is built, which takes as long as the agent needs to connect.
        agent.tell(identity.to_json())
    app = create_app(services, missing)
    stack.callback(app.close)
    return HttpServer(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            server_header=False,
            lifespan="on",
            http=LenientProtocol,
        )
    )


async def _keep_agent(agent: EmbeddedAgent, identity: AgentIdentity) -> None:
    async def start() -> None:
        agent.launch()
        agent.tell(identity.to_json())

    await keep_running("agent", start, agent.wait)


@contextlib.asynccontextmanager
async def _broker(services: Services) -> AsyncGenerator[tuple[str, dict[str, Any]]]:
    """The broker's URL and the control plane's credentials; an embedded broker runs as long as the block."""
    settings = services.settings
    if settings.nats.url:
        file = settings.nats.credentials_file
        yield settings.nats.url, {"user_credentials": file} if file else {}
        return
    broker = nats_server(settings)

    async def start() -> None:
        await broker.start(await asyncio.to_thread(services.agents.keys))

    tasks: list[asyncio.Task[None]] = []
    try:
        await start()
        tasks.append(asyncio.create_task(keep_running("nats-server", start, broker.wait)))
        tasks.append(asyncio.create_task(_reload_on_change(broker, services)))
        yield broker.url, {"user": CONTROL_USER, "password": broker.control_password}
    finally:
        for task in tasks:
            task.cancel()
        await broker.stop()


async def _reload_on_change(broker: NatsServer, services: Services) -> None:
    """Agents may have been enrolled or revoked, by the admin command or through another replica."""
    known = await asyncio.to_thread(services.agents.keys)
    while True:
        await asyncio.sleep(RELOAD_SECONDS)
        keys = await asyncio.to_thread(services.agents.keys)
        if keys != known:
            known = keys
            broker.reload(keys)


class _Missing:
    """What the server lacks to be healthy."""

    def __init__(self, services: Services, *, with_agent: bool) -> None:
        self._services = services
        self._with_agent = with_agent
        self._agent_seen = not with_agent
        self._started_at = epoch_ms()

    def __call__(self) -> list[str]:
        lacks: list[str] = []
        if not self._services.control.connected:
            lacks.append("messaging")
        if not self._agent_seen:
            with self._services.database.read() as session:
                self._agent_seen = bool(online(session, self._started_at))
            if not self._agent_seen:
                lacks.append("agent")
        return lacks


def _explained(error: Exception, settings: Settings) -> ServerError:
    """What the administrator is told; a defect of ours is raised again."""
    return error if isinstance(error, ServerError) else ServerError(failure(error, settings))


def _require_own_key(services: Services) -> None:
    """A server with another database's key would run, and refuse every access key and every agent."""
    try:
        services.agents.keys()
        services.iam.access_keys.require_readable()
    except SealBroken:
        raise ServerError(
            f"{services.settings.data / MASTER_KEY_FILE} is not the key this database was made with:"
            " put the right one back, from a backup"
        ) from None


def _endpoint(settings: Settings, listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return settings.http.public_url.rstrip("/") or f"http://{shown}:{port}"


def _local_url(listener: socket.socket) -> str:
    """Where a child of this process reaches it."""
    host, port = listener.getsockname()[:2]
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, str(host))  # noqa: S104 - compared with, not bound to
    return f"http://[{near}]:{port}" if ":" in near else f"http://{near}:{port}"


def _hold(data: Path) -> int:
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise ServerError(f"another server uses the data folder {data}") from None
    return descriptor


def _listen(settings: Settings) -> socket.socket:
    host, port = settings.http.host, settings.http.port
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with contextlib.ExitStack() as failed:
            listener = failed.enter_context(socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
            failed.pop_all()
    except OSError as error:
        raise ServerError(f"cannot listen on {host}:{port}: {error.strerror}") from None
    return listener
