"""Deleting caches that nobody used for long, or that a limit which was lowered leaves no room for."""

import structlog
from sqlalchemy import func, select

from bottega.caches.forgetting import forget, make_room
from bottega.caches.tables import DependencyCache
from bottega.clock import epoch_ms
from bottega.store.database import Database

BATCH = 100
DAY_MS = 24 * 3600 * 1000

log = structlog.get_logger(__name__)


class CacheHousekeeping:
    """``keep_days`` after its last use a cache goes; a tenant's caches have ``tenant_bytes``. 0 is no limit."""

    def __init__(self, database: Database, keep_days: int, tenant_bytes: int) -> None:
        self._database = database
        self._keep_days = keep_days
        self._tenant_bytes = tenant_bytes

    def tidy(self) -> int:
        """Delete what is not kept; returns how many caches."""
        count = self._unused() + self._too_many()
        if count:
            log.info("dependency caches deleted", count=count)
        return count

    def _unused(self) -> int:
        count = 0
        border = epoch_ms() - self._keep_days * DAY_MS
        old = select(DependencyCache).where(DependencyCache.used_at < border).limit(BATCH)
        while self._keep_days:
            with self._database.write() as session:
                gone = forget(session, session.scalars(old).all())
            count += gone
            if not gone:
                break
        return count

    def _too_many(self) -> int:
        if not self._tenant_bytes:
            return 0
        above = (
            select(DependencyCache.tenant_id)
            .group_by(DependencyCache.tenant_id)
            .having(func.sum(DependencyCache.size) > self._tenant_bytes)
        )
        with self._database.read() as session:
            tenants = list(session.scalars(above))
        count = 0
        for tenant_id in tenants:
            with self._database.write() as session:
                self._database.one_at_a_time(session, f"caches of {tenant_id}")
                count += make_room(session, tenant_id, self._tenant_bytes)
        return count
