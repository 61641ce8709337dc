"""Pools and their limits, without asking who may change them."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bottega.clock import epoch_ms
from bottega.errors import Conflict, Invalid, NotFound
from bottega.runs.agents import DEFAULT_POOL, POOL
from bottega.runs.held import CLAIMABLE
from bottega.runs.pools.tables import AgentPool
from bottega.runs.states import ACTIVE
from bottega.runs.tables import Agent, Run

MAX_DESCRIPTION = 1000
MAX_CONCURRENCY = 1_000_000


def create(
    session: Session, name: str, *, description: str, concurrency: int | None, created_by: str
) -> AgentPool:
    """Add a pool. Raises :class:`Invalid`, and :class:`Conflict` when there is one of that name."""
    if not POOL.fullmatch(name):
        raise Invalid("name", "letters, digits, '_', '-' only, 64 at most")
    _check(description, concurrency)
    if session.get(AgentPool, name) is not None:
        raise Conflict(f"there is a pool named {name} already")
    now = epoch_ms()
    pool = AgentPool(
        name=name,
        description=description,
        concurrency=concurrency,
        created_by=created_by,
        created_at=now,
        updated_at=now,
    )
    session.add(pool)
    return pool


def change(
    session: Session, name: str, *, description: str, concurrency: int | None, changed_by: str
) -> AgentPool:
    """Replace what is known of a pool, also of one that had no row. Raises :class:`Invalid`."""
    _check(description, concurrency)
    pool = session.get(AgentPool, name, with_for_update=True) if POOL.fullmatch(name) else None
    if pool is None:
        return create(session, name, description=description, concurrency=concurrency, created_by=changed_by)
    pool.description, pool.concurrency, pool.updated_at = description, concurrency, epoch_ms()
    return pool


def remove(session: Session, name: str) -> None:
    """Forget a pool. Raises :class:`NotFound`; :class:`Conflict` for the default one, and while it has agents."""
    # Not every text can be looked for.
    pool = session.get(AgentPool, name, with_for_update=True) if POOL.fullmatch(name) else None
    if pool is None:
        raise NotFound("agent pool", name)
    if name == DEFAULT_POOL:
        raise Conflict(f"the pool {DEFAULT_POOL} cannot be deleted")
    agents = session.scalar(
        select(func.count()).select_from(Agent).where(Agent.pool == name, Agent.revoked_at.is_(None))
    )
    if agents:
        raise Conflict(f"the pool {name} has {agents} agents; revoke them first")
    session.delete(pool)


def full(session: Session, name: str) -> int | None:
    """The pool's limit when that many of its runs are running, else None."""
    pool = session.get(AgentPool, name)
    if pool is None or pool.concurrency is None:
        return None
    of_pool = (Run.state.in_(ACTIVE), Run.held == CLAIMABLE, Run.pool == name)
    running = session.scalar(select(func.count()).select_from(Run).where(*of_pool))
    return pool.concurrency if (running or 0) >= pool.concurrency else None


def _check(description: str, concurrency: int | None) -> None:
    if len(description) > MAX_DESCRIPTION:
        raise Invalid("description", f"expected at most {MAX_DESCRIPTION} characters")
    if "\0" in description:
        raise Invalid("description", "contains a NUL character")
    if concurrency is not None and not 1 <= concurrency <= MAX_CONCURRENCY:
        raise Invalid("concurrency", f"expected 1 to {MAX_CONCURRENCY}, or null for no limit")
