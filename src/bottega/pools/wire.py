"""Bodies of the operations on pools, which are our own. Times are epoch milliseconds."""

from typing import Any, cast

import msgspec

from bottega.pools.service import SeenAgent, SeenPool


class AgentTool(msgspec.Struct, kw_only=True):
    name: str
    version: str


class PoolAgent(msgspec.Struct, kw_only=True):
    """``why_not`` says why it takes no builds, and is empty while it does. ``size`` is its host's, as a flavor."""

    name: str
    state: str
    why_not: str
    arch: str
    slots: int
    running: int
    sandbox: str
    version: str
    labels: list[str]
    tools: list[AgentTool]
    image_match: str
    size: str
    last_seen_at: int | None


class Pool(msgspec.Struct, kw_only=True):
    """``concurrency`` null: no limit but the slots. ``created_by`` and times are null for a pool nobody described."""

    name: str
    description: str
    concurrency: int | None
    running: int
    waiting: int
    created_by: str | None
    created_at: int | None
    updated_at: int | None
    agents: list[PoolAgent]


class ListAgentPoolsResponse(msgspec.Struct, kw_only=True):
    total: int
    pools: list[Pool]


class CreateAgentPoolRequestBody(msgspec.Struct, kw_only=True):
    name: str
    description: str = ""
    concurrency: int | None = None


class UpdateAgentPoolRequestBody(msgspec.Struct, kw_only=True):
    description: str = ""
    concurrency: int | None = None


class UpdatePoolAgentRequestBody(msgspec.Struct, kw_only=True):
    draining: bool | None = None
    labels: list[str] | None = None


def pool(seen: SeenPool) -> Pool:
    """One pool."""
    row = seen.row
    return Pool(
        name=seen.name,
        description=row.description if row else "",
        concurrency=row.concurrency if row else None,
        running=seen.running,
        waiting=seen.waiting,
        created_by=row.created_by if row else None,
        created_at=row.created_at if row else None,
        updated_at=row.updated_at if row else None,
        agents=[agent(one) for one in seen.agents],
    )


def agent(seen: SeenAgent) -> PoolAgent:
    """One agent. Where its tools are on its host is nobody's business but its administrator's."""
    row = seen.row
    tools = cast("list[dict[str, Any]]", row.offer.get("tools") or [])
    labels = cast("list[str]", row.offer.get("labels") or [])
    return PoolAgent(
        name=row.name,
        state=seen.state,
        why_not=seen.why_not,
        arch=row.arch,
        slots=row.slots,
        running=seen.running,
        sandbox=str(row.offer.get("sandbox") or ""),
        version=str(row.offer.get("version") or ""),
        labels=sorted({*row.labels, *labels}),
        tools=[AgentTool(name=str(one["name"]), version=str(one["version"])) for one in tools],
        image_match=str(row.offer.get("image_match") or "lenient"),
        size=str(row.offer.get("size") or ""),
        last_seen_at=row.last_seen_at,
    )
