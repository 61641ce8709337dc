"""Deleting versions that are older, or more, than is kept."""

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bottega.artifacts.service import forget_versions
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
        count = 0
        while self._keep_days or self._keep_versions:
            with self._database.write() as session:
                old = self._too_old(session) + self._too_many(session)
                forget_versions(session, old)
            count += len(old)
            if not old:
                break
        if count:
            log.info("old versions of packages deleted", count=count)
        return count

    def _too_old(self, session: Session) -> list[str]:
        if not self._keep_days:
            return []
        border = epoch_ms() - self._keep_days * DAY_MS
        query = select(PackageVersion.id).where(PackageVersion.changed_at < border).limit(BATCH)
        return list(session.scalars(query))

    def _too_many(self, session: Session) -> list[str]:
        if not self._keep_versions:
            return []
        rank = (
            func.row_number()
            .over(
                partition_by=(PackageVersion.project_id, PackageVersion.package),
                order_by=(PackageVersion.changed_at.desc(), PackageVersion.id.desc()),
            )
            .label("rank")
        )
        ranked = select(PackageVersion.id, rank).subquery()
        query = select(ranked.c.id).where(ranked.c.rank > self._keep_versions).limit(BATCH)
        return list(session.scalars(query))
