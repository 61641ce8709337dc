"""Pools of agents: what they are for, and how many builds they may run at a time."""

from typing import Annotated

from cyclopts import Parameter

from bottega.cli.admin.opened import Config, DataDir, opened
from bottega.cli.admin.printing import print_table


def set_pool(
    name: str,
    *,
    description: Annotated[str | None, Parameter(help="What it is for.")] = None,
    concurrency: Annotated[int | None, Parameter(help="Most builds at a time; 0 for no limit.")] = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Describe or limit a pool, which need not be there yet; what is not given stays as it is."""
    from bottega.runs.pools import registry
    from bottega.runs.pools.tables import AgentPool

    with opened(data_dir, config) as server, server.database.write() as session:
        known = session.get(AgentPool, name)
        kept = known.concurrency if known is not None else None
        registry.change(
            session,
            name,
            description=description if description is not None else known.description if known else "",
            concurrency=kept if concurrency is None else concurrency or None,
            changed_by="bottega admin",
        )


def list_pools(*, data_dir: DataDir = None, config: Config = None) -> None:
    """List pools: those that were described, and those that only agents name."""
    from collections import Counter

    from sqlalchemy import select

    from bottega.runs.agents import DEFAULT_POOL
    from bottega.runs.pools.tables import AgentPool

    with opened(data_dir, config) as server:
        agents = Counter(agent.pool for agent in server.agents.all() if agent.revoked_at is None)
        with server.database.read() as session:
            known = {pool.name: pool for pool in session.scalars(select(AgentPool))}
        rows = [
            (
                name,
                str(agents[name]),
                str((name in known and known[name].concurrency) or "-"),
                known[name].description if name in known else "",
            )
            for name in sorted({DEFAULT_POOL, *agents, *known})
        ]
        print_table(("NAME", "AGENTS", "LIMIT", "DESCRIPTION"), rows)
