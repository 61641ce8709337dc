"""Agents: which pools there are, who is online, and why somebody takes no builds."""

from litestar import Response, get
from litestar.di import NamedDependency

from bottega.console.pages import Page
from bottega.console.views.declaring import page as declared
from bottega.iam.principal import Principal
from bottega.pools.service import PoolService

POOLS = 20


@get("/agents", **declared())
def agents(
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    agent_pools: NamedDependency[PoolService],
) -> Response[str]:
    pools, total = agent_pools.page(principal, (page.number - 1) * POOLS, POOLS)
    return page.show("agents.html", pools=pools, total=total, each=POOLS)


VIEWS = [agents]
