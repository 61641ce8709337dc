"""One replica from start to stop: broker, control plane, HTTP, agent, in this order, and back."""

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

from bottega.app import Services, bring_schema_up, create_app, prepare_data_folder
from bottega.clock import epoch_ms
from bottega.embedded import AgentChild, embedded_identity, keep_running, nats_server
from bottega.iam.bootstrap import bootstrap
from bottega.runs.agents import online
from bottega.runs.nats_server import CONTROL_USER
from bottega.settings import Settings

DRAIN_SECONDS = 3

log = structlog.get_logger(__name__)


class ServerError(Exception):
    """The server cannot start; the message says why."""


class HttpServer(uvicorn.Server):
    """uvicorn without its own signal handling: this module decides the order of the end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """Leave the process's signal handlers alone."""
        yield


async def run(settings: Settings, config: Path | None, *, with_agent: bool) -> None:
    """Serve until SIGTERM or SIGINT. Raises :class:`ServerError` and its kin before anything is served."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    data = prepare_data_folder(settings)
    lock = _hold(data)
    listener = _listen(settings)
    try:
        async with contextlib.AsyncExitStack() as stack:
            await _serve(settings, config, stack, listener, stopping, with_agent=with_agent)
    finally:
        listener.close()
        os.close(lock)


async def _serve(
    settings: Settings,
    config: Path | None,
    stack: contextlib.AsyncExitStack,
    listener: socket.socket,
    stopping: asyncio.Event,
    *,
    with_agent: bool,
) -> None:
    services = Services(settings)
    stack.callback(services.close)
    await asyncio.to_thread(bring_schema_up, services.database)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    endpoint = settings.http.public_url or f"http://{shown}:{port}"
    await asyncio.to_thread(bootstrap, services.database, settings, services.secrets, endpoint)
    url, credentials = await stack.enter_async_context(_broker(services))
    await services.control.start(url, **credentials)
    stack.push_async_callback(services.control.stop)
    missing = _Missing(services, with_agent=with_agent)
    app = create_app(services, missing)
    http = HttpServer(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            server_header=False,
            lifespan="on",
        )
    )
    serving = asyncio.create_task(http.serve(sockets=[listener]))
    agent: AgentChild | None = None
    keeping: asyncio.Task[None] | None = None
    if with_agent:
        embedded_identity(settings, services.agents, url)
        agent = AgentChild(settings, config)
        await agent.start()
        keeping = asyncio.create_task(keep_running("agent", agent.start, agent.wait))
    log.info("listening", endpoint=endpoint, data_dir=str(settings.data))
    await asyncio.wait([serving, asyncio.create_task(stopping.wait())], return_when=asyncio.FIRST_COMPLETED)
    log.info("stopping")
    http.should_exit = True
    if agent is not None and keeping is not None:
        keeping.cancel()
        await agent.stop()
    await serving


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

    if settings.data.exists():
        embedded_identity(settings, services.agents, "")
    await start()
    keeping = asyncio.create_task(keep_running("nats-server", start, broker.wait))
    watching = asyncio.create_task(_reload_on_hangup(broker, services))
    try:
        yield broker.url, {"user": CONTROL_USER, "password": broker.control_password}
    finally:
        watching.cancel()
        keeping.cancel()
        await broker.stop()


async def _reload_on_hangup(broker: Any, services: Services) -> None:
    """SIGHUP, or every few seconds a look at the table: agents were enrolled or revoked by the admin command."""
    known = await asyncio.to_thread(services.agents.keys)
    while True:
        await asyncio.sleep(DRAIN_SECONDS)
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
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise ServerError(f"cannot listen on {host}:{port}: {error.strerror}") from None
    listener.listen(2048)
    return listener
