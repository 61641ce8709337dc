"""``/v1/agent-pools``: operations of our own, for what CodeArts shows in its console only."""

from typing import Any

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from bottega.http.operation import op
from bottega.iam.principal import Principal
from bottega.pools.service import PoolService
from bottega.pools.wire import (
    CreateAgentPoolRequestBody,
    ListAgentPoolsResponse,
    Pool,
    PoolAgent,
    UpdateAgentPoolRequestBody,
    UpdatePoolAgentRequestBody,
    agent,
    pool,
)

DEFAULT_LIMIT = 100


@get("/v1/agent-pools", **op("list_agent_pools", "List pools of agents with their agents"))
def list_agent_pools(
    principal: NamedDependency[Principal],
    agent_pools: NamedDependency[PoolService],
    offset: FromQuery[int] = 0,
    limit: FromQuery[int] = DEFAULT_LIMIT,
) -> ListAgentPoolsResponse:
    page, total = agent_pools.page(principal, offset, limit)
    return ListAgentPoolsResponse(total=total, pools=[pool(one) for one in page])


@post("/v1/agent-pools", **op("create_agent_pool", "Create a pool of agents"))
def create_agent_pool(
    principal: NamedDependency[Principal],
    agent_pools: NamedDependency[PoolService],
    data: JSONBody[CreateAgentPoolRequestBody],
) -> Pool:
    made = agent_pools.create(
        principal, data.name, description=data.description, concurrency=data.concurrency
    )
    return pool(made)


@get("/v1/agent-pools/{pool_name:str}", **op("show_agent_pool", "Show a pool of agents"))
def show_agent_pool(
    principal: NamedDependency[Principal],
    agent_pools: NamedDependency[PoolService],
    pool_name: FromPath[str],
) -> Pool:
    return pool(agent_pools.get(principal, pool_name))


@put("/v1/agent-pools/{pool_name:str}", **op("update_agent_pool", "Describe and limit a pool of agents"))
def update_agent_pool(
    principal: NamedDependency[Principal],
    agent_pools: NamedDependency[PoolService],
    pool_name: FromPath[str],
    data: JSONBody[UpdateAgentPoolRequestBody],
) -> Pool:
    changed = agent_pools.update(
        principal, pool_name, description=data.description, concurrency=data.concurrency
    )
    return pool(changed)


@delete(
    "/v1/agent-pools/{pool_name:str}",
    **op("delete_agent_pool", "Delete a pool without agents", status_code=204),
)
def delete_agent_pool(
    principal: NamedDependency[Principal],
    agent_pools: NamedDependency[PoolService],
    pool_name: FromPath[str],
) -> None:
    agent_pools.delete(principal, pool_name)


@put(
    "/v1/agent-pools/{pool_name:str}/agents/{agent_name:str}",
    **op("update_pool_agent", "Drain an agent or end that, and replace its labels"),
)
def update_pool_agent(
    principal: NamedDependency[Principal],
    agent_pools: NamedDependency[PoolService],
    pool_name: FromPath[str],
    agent_name: FromPath[str],
    data: JSONBody[UpdatePoolAgentRequestBody],
) -> PoolAgent:
    changed = agent_pools.change_agent(
        principal, pool_name, agent_name, draining=data.draining, labels=data.labels
    )
    return agent(changed)


HANDLERS: list[Any] = [
    list_agent_pools,
    create_agent_pool,
    show_agent_pool,
    update_agent_pool,
    delete_agent_pool,
    update_pool_agent,
]
