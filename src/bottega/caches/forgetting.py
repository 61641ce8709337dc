"""Letting go of caches: when they were used longest ago, or what they belong to goes."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bottega.caches.tables import DependencyCache
from bottega.transfers.doomed import doom

KIND = "cache"
MOST_KEYS = 20
"""Caches kept of one tool for one owner."""


def forget(session: Session, rows: Iterable[DependencyCache]) -> int:
    """Delete these rows, and their objects once the transaction has been committed; returns how many."""
    gone = list(rows)
    doom(session, KIND, [row.object_key for row in gone])
    for row in gone:
        session.delete(row)
    session.flush()
    return len(gone)


def make_room(session: Session, tenant_id: str, limit: int, *, keep: str = "") -> int:
    """Forget what a tenant used longest ago until the rest has at most ``limit`` bytes; 0 is no limit.

    The cache with the id ``keep`` stays in any case. Returns how many went.
    """
    if not limit:
        return 0
    mine = DependencyCache.tenant_id == tenant_id
    total = int(session.scalar(select(func.coalesce(func.sum(DependencyCache.size), 0)).where(mine)) or 0)
    gone: list[DependencyCache] = []
    if total > limit:
        oldest = (
            select(DependencyCache)
            .where(mine, DependencyCache.id != keep)
            .order_by(DependencyCache.used_at, DependencyCache.id)
        )
        for row in session.scalars(oldest):
            if total <= limit:
                break
            total -= row.size
            gone.append(row)
    return forget(session, gone)


def thin_out(session: Session, owner_id: str, tool: str) -> None:
    """Keep only the caches of an owner's tool that were used last."""
    query = (
        select(DependencyCache)
        .where(DependencyCache.owner_id == owner_id, DependencyCache.tool == tool)
        .order_by(DependencyCache.used_at.desc(), DependencyCache.id)
        .offset(MOST_KEYS)
    )
    forget(session, session.scalars(query).all())


def forget_task(session: Session, task_id: str) -> None:
    """The task is being purged."""
    forget(session, session.scalars(select(DependencyCache).where(DependencyCache.task_id == task_id)).all())
