"""Why a queued run is not running yet, as a sentence for whoever waits for it."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bottega.runs.agents import online, why_not
from bottega.runs.held import CLAIMABLE, WAITS_FOR
from bottega.runs.pools import queue, registry
from bottega.runs.pools.abilities import known, may_take
from bottega.runs.pools.lacking import lacking
from bottega.runs.states import ACTIVE
from bottega.runs.tables import Agent, Run

NAMED_AGENTS = 3


def reason(session: Session, run: Run, *, since: int, tenant_limit: int) -> str:
    """``since``: agents last heard of before it (epoch milliseconds) count as gone. ``run`` is queued."""
    if run.held != CLAIMABLE:
        return run.reason or WAITS_FOR[run.held]
    there = [agent for agent in online(session, since) if agent.pool == run.pool]
    if not there:
        return f"no agent of pool {run.pool} is online"
    serving = [agent for agent in there if agent.arch == run.arch]
    if not serving:
        return f"no online agent of pool {run.pool} offers {run.arch}"
    refusing = [agent for agent in serving if why_not(agent)]
    taking = [agent for agent in serving if agent not in refusing]
    if not taking:
        return _refusals(refusing)
    able = [known(agent) for agent in taking]
    fitting = [
        one.name for one in able if may_take(run.demands, one, [other for other in able if other is not one])
    ]
    if not fitting:
        return lacking(run.pool, run.demands, able)
    busy = _busy(session, run, [agent for agent in taking if agent.name in fitting], tenant_limit)
    return f"{busy}; {_refusals(refusing)}" if refusing and busy.startswith("all ") else busy


def _busy(session: Session, run: Run, taking: list[Agent], tenant_limit: int) -> str:
    """What stands between the run and the agents that may take it."""
    position = _position(session, run)
    active = session.scalar(
        select(func.count())
        .select_from(Run)
        .where(Run.tenant_id == run.tenant_id, Run.state.in_(ACTIVE), Run.held == CLAIMABLE)
    )
    if active is not None and active >= tenant_limit:
        return f"the tenant's limit of {tenant_limit} running builds is reached, position {position} in the queue"
    if (limit := registry.full(session, run.pool)) is not None:
        return f"the limit of {limit} running builds of pool {run.pool} is reached, position {position} in the queue"
    slots = sum(agent.slots for agent in taking)
    return f"all {slots} slots of pool {run.pool} are taken, position {position} in the queue"


def _refusals(agents: list[Agent]) -> str:
    named = [f"agent {agent.name} takes no work: {why_not(agent)}" for agent in agents[:NAMED_AGENTS]]
    if more := len(agents) - len(named):
        named.append(f"{more} more take none either")
    return "; ".join(named)


def _position(session: Session, run: Run) -> int:
    """From 1, among all that waits for the same agents."""
    earlier = (Run.queued_at < run.queued_at) | ((Run.queued_at == run.queued_at) & (Run.id < run.id))
    ahead = session.scalar(
        select(func.count()).select_from(Run).where(*queue.waiting_for(run.pool, run.arch), earlier)
    )
    return 1 + (ahead or 0)
