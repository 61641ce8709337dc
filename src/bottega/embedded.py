"""The children of a complete server: nats-server and one agent, restarted when they end."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from bottega.agent.identity import AgentIdentity, IdentityError, load_identity
from bottega.ids import new_hex
from bottega.runs.agents import AgentRegistry
from bottega.runs.nats_server import NatsServer
from bottega.settings import Settings

RESTART_SECONDS = 0.5
AGENT_STOP_SECONDS = 4.0
EMBEDDED_PREFIX = "embedded-"

log = structlog.get_logger(__name__)


async def keep_running(
    name: str, start: Callable[[], Awaitable[object]], wait: Callable[[], Awaitable[int]]
) -> None:
    """Wait for a child that was started; start it again whenever it ends."""
    while True:
        code = await wait()
        log.warning("child ended, starting it again", child=name, exit_code=code)
        await asyncio.sleep(RESTART_SECONDS)
        try:
            await start()
        except Exception:
            log.exception("child did not start", child=name)


class AgentChild:
    """``bottega agent`` as a child process."""

    def __init__(self, settings: Settings, config: Path | None) -> None:
        self._settings = settings
        self._config = config
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the process; it ends with this one, its running builds do not."""
        arguments = ["--data-dir", str(self._settings.data), "--end-with-parent"]
        if self._config is not None:
            arguments += ["--config", str(self._config)]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bottega",
            "agent",
            *arguments,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    async def wait(self) -> int:
        """The exit code, once there is one."""
        assert self._process is not None  # noqa: S101 - start() comes first
        return await self._process.wait()

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL; builds go on in their runners."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), AGENT_STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


def embedded_identity(settings: Settings, registry: AgentRegistry, url: str) -> AgentIdentity:
    """The embedded agent's file, made at the first start; its URL follows the broker's port."""
    path = settings.data / "agent" / "agent.json"
    try:
        identity = load_identity(path)
        identity.url = url
    except IdentityError:
        identity = registry.enrol(
            settings.agent.name or EMBEDDED_PREFIX + new_hex()[:8], settings.agent.pool, url
        )
    identity.save(path)
    return identity


def nats_server(settings: Settings) -> NatsServer:
    """The embedded broker of these settings."""
    return NatsServer(
        settings.data / "nats", settings.nats.host, settings.nats.port, settings.nats.store_bytes
    )
