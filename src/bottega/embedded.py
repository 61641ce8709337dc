"""What a complete server brings along: a nats-server and one agent, started again when they end."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from bottega.agent.identity import AgentIdentity, IdentityError, load_identity
from bottega.errors import Conflict, Invalid
from bottega.ids import new_hex
from bottega.runs.agents import AgentRegistry
from bottega.runs.nats_server import NatsServer
from bottega.settings import Settings, SettingsError

RESTART_SECONDS = 0.5
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


def embedded_identity(settings: Settings, registry: AgentRegistry) -> AgentIdentity:
    """Who the embedded agent is: enrolled at the first start, and again when it is not among the enrolled any more.

    Raises :class:`SettingsError` for an ``agent.name`` or ``agent.pool`` that cannot be used.
    """
    with contextlib.suppress(IdentityError):
        identity = load_identity(identity_file(settings))
        if identity.agent_id in dict(registry.keys()):
            return identity
    name = settings.agent.name or EMBEDDED_PREFIX + new_hex()[:8]
    try:
        identity = registry.enrol(name, settings.agent.pool, url="")
    except Invalid as error:
        raise SettingsError(f"agent.{error.field}: {error.reason}") from None
    except Conflict as error:
        raise SettingsError(f"agent.name: {error}, with a key that is not in this data folder") from None
    identity.save(identity_file(settings))
    return identity


def identity_file(settings: Settings) -> Path:
    """Where the embedded agent's identity is kept."""
    return settings.data / "agent" / "agent.json"


def nats_server(settings: Settings) -> NatsServer:
    """The embedded broker of these settings."""
    return NatsServer(
        settings.data / "nats", settings.nats.host, settings.nats.port, settings.nats.store_bytes
    )
