"""Saying which agents lack what a run demands."""

from collections.abc import Sequence

from bottega.runs.pools.abilities import Abilities
from bottega.runs.pools.demands import LABEL, Demand, read

NAMED_AGENTS = 3


def lacking(pool: str, demands: str, agents: Sequence[Abilities]) -> str:
    """Why none of these agents may take a run: what no single one has, and what they have in its place."""
    for demand in read(demands):
        if all(demand in agent.lacks(demands) for agent in agents):
            return f"no online agent of pool {pool} {_wanted(demand)}: {_each(agents, [demand])}"
    all_of = ", ".join(str(demand) for demand in read(demands))
    least = min((agent.lacks(demands) for agent in agents), key=len)
    return f"no online agent of pool {pool} offers all of {all_of}: {_each(agents, least)}"


def _wanted(demand: Demand) -> str:
    return f"has the label {demand.version}" if demand.name == LABEL else f"offers {demand}"


def _each(agents: Sequence[Abilities], demands: Sequence[Demand]) -> str:
    if len(demands) == 1:
        said = [f"agent {agent.name} has {agent.has(demands[0])}" for agent in agents[:NAMED_AGENTS]]
    else:
        said = [
            f"agent {agent.name} has {agent.has(demand)} for {demand.name}"
            for agent in agents[:NAMED_AGENTS]
            for demand in demands
        ]
    if more := len(agents) - NAMED_AGENTS:
        said += [f"and {more} more"] if more > 0 else []
    return ", ".join(said)
