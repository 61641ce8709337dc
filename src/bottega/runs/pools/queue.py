"""What waits for the agents of a pool, in the order in which it is to be handed out.

The queries hop along the index from one tenant to the next: reading all that waits would cost every claim some
milliseconds for each thousand runs.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import BindParameter, ColumnElement, Select, String, bindparam, func, select
from sqlalchemy.orm import Session, load_only

from bottega.runs.held import CLAIMABLE
from bottega.runs.states import ACTIVE, RunState
from bottega.runs.tables import Run


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant with runs that wait; ``oldest`` (epoch milliseconds) is when the first of them was queued."""

    tenant_id: str
    oldest: int


def waiting_for(
    pool: str | BindParameter[str], arch: str | BindParameter[str]
) -> tuple[ColumnElement[bool], ...]:
    """Which runs wait for agents of this pool and architecture."""
    return Run.state == RunState.QUEUED, Run.held == CLAIMABLE, Run.pool == pool, Run.arch == arch


def active_by_tenant(session: Session) -> dict[str, int]:
    """How many runs of each tenant are running."""
    query = select(Run.tenant_id, func.count()).where(Run.state.in_(ACTIVE), Run.held == CLAIMABLE)
    busy = query.group_by(Run.tenant_id)
    return {tenant_id: active for tenant_id, active in session.execute(busy)}  # noqa: C416 - rows are no pairs


def tenants(session: Session, pool: str, arch: str, active: Mapping[str, int]) -> list[Waiting]:
    """Who waits: first those with the fewest running runs, and who has waited longest among equals.

    However many runs of a tenant wait, another tenant's only one is next as soon as a slot is free.
    """
    rows = session.execute(_TENANTS, {"pool": pool, "arch": arch})
    found = [Waiting(tenant_id=tenant_id, oldest=queued_at) for tenant_id, queued_at in rows]
    return sorted(found, key=lambda one: (active.get(one.tenant_id, 0), one.oldest))


def first_fitting(
    session: Session,
    pool: str,
    arch: str,
    tenant_id: str,
    fits: Callable[[str], bool],
    *,
    lock: bool,
) -> Run | None:
    """The tenant's oldest waiting run with demands that ``fits`` takes."""
    of_tenant = (*waiting_for(pool, arch), Run.tenant_id == tenant_id)
    run = session.scalars(_oldest(*of_tenant, lock=lock)).first()
    if run is None or fits(run.demands):
        return run
    for demands in _demands(session, *of_tenant):
        if fits(demands):
            run = session.scalars(_oldest(*of_tenant, Run.demands == demands, lock=lock)).first()
            if run is not None:
                return run
    return None


def all_demands(session: Session, pool: str, arch: str) -> list[str]:
    """What is demanded by all that waits, each once."""
    return list(session.scalars(select(Run.demands).where(*waiting_for(pool, arch)).distinct()))


def _tenants() -> Select[Any, int]:
    here = waiting_for(bindparam("pool", type_=String), bindparam("arch", type_=String))
    first = select(func.min(Run.tenant_id).label("tenant_id")).where(*here)
    hops = first.cte("hops", recursive=True)
    following = select(func.min(Run.tenant_id)).where(*here, Run.tenant_id > hops.c.tenant_id)
    hops = hops.union_all(select(following.scalar_subquery()).where(hops.c.tenant_id.is_not(None)))
    oldest = select(func.min(Run.queued_at)).where(*here, Run.tenant_id == hops.c.tenant_id)
    return select(hops.c.tenant_id, oldest.scalar_subquery()).where(hops.c.tenant_id.is_not(None))


_TENANTS = _tenants()
"""Made once: that takes longer than the database needs to answer it."""


def _oldest(*which: ColumnElement[bool], lock: bool) -> Select[Run]:
    query = select(Run).where(*which).order_by(Run.queued_at, Run.id).limit(1)
    if lock:
        return query.with_for_update(skip_locked=True)
    return query.options(load_only(Run.id, Run.demands))


def _demands(session: Session, *which: ColumnElement[bool]) -> Iterator[str]:
    """In the order of the oldest run with each."""
    query = select(Run.demands).where(*which).group_by(Run.demands).order_by(func.min(Run.queued_at))
    yield from session.scalars(query).all()
