"""Deleting versions that are older, or more, than is kept."""

import structlog
from sqlalchemy import ColumnElement, Select, false, func, or_, select

from bottega.artifacts.service import alone, forget_versions
from bottega.artifacts.tables import PackageVersion
from bottega.clock import epoch_ms
from bottega.store.database import Database

BATCH = 100
DAY_MS = 24 * 3600 * 1000

log = structlog.get_logger(__name__)


class ArtifactHousekeeping:
    """``keep_days`` after its last file came a version goes, and of each package all but the ``keep_versions`` newest.

    0 is no limit.
    """

    def __init__(self, database: Database, keep_days: int, keep_versions: int) -> None:
        self._database = database
        self._keep_days = keep_days
        self._keep_versions = keep_versions

    def tidy(self) -> int:
        """Delete what is not kept; returns how many versions."""
        if not self._keep_days and not self._keep_versions:
            return 0
        with self._database.read() as session:
            tenants = session.scalars(select(self._old().subquery().c.tenant_id).distinct()).all()
        count = sum(self._tidy(tenant_id) for tenant_id in tenants)
        if count:
            log.info("old versions of packages deleted", count=count)
        return count

    def _tidy(self, tenant_id: str) -> int:
        count = 0
        mine = self._old(PackageVersion.tenant_id == tenant_id).limit(BATCH)
        while True:
            with self._database.write() as session:
                alone(self._database, session, tenant_id)
                # Only now, for a file may have come to a version that was old before.
                old = [version_id for _, version_id in session.execute(mine)]
                forget_versions(session, old)
            count += len(old)
            if len(old) < BATCH:
                return count

    def _old(self, *which: ColumnElement[bool]) -> Select[str, str]:
        """Tenants and ids of the versions that are not kept."""
        rank = (
            func.row_number()
            .over(
                partition_by=(PackageVersion.project_id, PackageVersion.package),
                order_by=(PackageVersion.changed_at.desc(), PackageVersion.id.desc()),
            )
            .label("rank")
        )
        ranked = (
            select(PackageVersion.tenant_id, PackageVersion.id, PackageVersion.changed_at, rank)
            .where(*which)
            .subquery()
        )
        too_old, too_many = false(), false()
        if self._keep_days:
            too_old = ranked.c.changed_at < epoch_ms() - self._keep_days * DAY_MS
        if self._keep_versions:
            too_many = ranked.c.rank > self._keep_versions
        return select(ranked.c.tenant_id, ranked.c.id).where(or_(too_old, too_many))
