"""Agents: who may take runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from bottega.cli.admin.opened import Config, DataDir, opened
from bottega.cli.admin.printing import print_table

if TYPE_CHECKING:
    from bottega.runs.tables import Agent

SCHEMES = ("nats", "tls", "ws", "wss")


def add_agent(
    name: str,
    *,
    url: Annotated[
        str, Parameter(help="Where the agent reaches the server's NATS, such as nats://10.0.0.5:4222.")
    ],
    server: Annotated[
        str,
        Parameter(
            help="Where it reaches the server's HTTP port, such as https://build.example.com, for artifacts;"
            " without it the setting http.public_url is used."
        ),
    ] = "",
    pool: Annotated[str, Parameter(help="The pool it takes runs of.")] = "default",
    label: Annotated[
        list[str] | None, Parameter(help="A label that runs may demand; can be repeated.")
    ] = None,
    output: Annotated[
        Path | None, Parameter(help="Write its file here (mode 0600), do not print it.")
    ] = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Enrol an agent and print its file, which holds its key. A running server lets it in within some seconds."""
    from bottega.errors import Invalid
    from bottega.settings import WEB_ADDRESS

    with opened(data_dir, config) as known:
        if not _is_address(url):
            raise Invalid("--url", "expected an address such as nats://10.0.0.5:4222")
        if server and not WEB_ADDRESS.match(server):
            raise Invalid("--server", "expected an address such as https://build.example.com")
        if output is not None and output.exists():
            raise Invalid("--output", f"{output} is there already")
        if output is not None and not output.parent.is_dir():
            raise Invalid("--output", f"{output.parent} is not a folder")
        identity = known.agents.enrol(name, pool, url, server, label or [])
        if output is None:
            print(identity.to_json().decode(), end="")
            return
        try:
            identity.save(output)
        except OSError:
            # Nobody would ever have its key.
            known.agents.revoke(name)
            raise


def list_agents(
    *,
    tools: Annotated[bool, Parameter(help="List the tools that each agent offers instead.")] = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """List all agents: whether they are there, and what they offer."""
    from bottega.clock import epoch_ms
    from bottega.runs.agents import why_not

    with opened(data_dir, config) as server:
        if tools:
            print_table(
                ("NAME", "TOOL", "VERSION", "PLACE"),
                [(agent.name, *tool) for agent in server.agents.all() for tool in _tools(agent)],
            )
            return
        since = epoch_ms() - int(server.settings.runs.lease_seconds * 1000)
        rows = [
            (
                agent.name,
                agent.pool,
                _state(agent, since),
                agent.arch or "-",
                str(agent.slots),
                str(agent.offer.get("sandbox") or "-"),
                ",".join(sorted({*agent.labels, *agent.offer.get("labels", [])})) or "-",
                why_not(agent),
            )
            for agent in server.agents.all()
        ]
        print_table(
            ("NAME", "POOL", "STATE", "ARCH", "SLOTS", "SANDBOX", "LABELS", "TAKES NO RUNS BECAUSE"), rows
        )


def revoke_agent(name: str, *, data_dir: DataDir = None, config: Config = None) -> None:
    """Take an agent's access away; a running server shuts it out within some seconds."""
    from bottega.errors import NotFound

    with opened(data_dir, config) as server:
        if not server.agents.revoke(name):
            raise NotFound("agent", name)


def drain_agent(
    name: str,
    *,
    undo: Annotated[bool, Parameter(help="Let it take runs again.")] = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Let an agent take nothing new and end what it has, before its host is stopped or changed."""
    with opened(data_dir, config) as server:
        server.agents.drain(name, not undo)


def label_agent(name: str, *labels: str, data_dir: DataDir = None, config: Config = None) -> None:
    """Replace the labels an agent was given; without any it has those of its own settings alone."""
    with opened(data_dir, config) as server:
        server.agents.label(name, labels)


def _tools(agent: "Agent") -> list[tuple[str, str, str]]:
    found: list[dict[str, str]] = agent.offer.get("tools") or []
    return [(tool["name"], tool["version"], tool["home"]) for tool in found]


def _state(agent: "Agent", since: int) -> str:
    from bottega.runs.agents import presence

    return "revoked" if agent.revoked_at is not None else presence(agent, since)


def _is_address(url: str) -> bool:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        return parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
