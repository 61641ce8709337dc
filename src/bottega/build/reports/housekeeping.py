"""Deleting what is kept of coverage reports for people: when their time is over, and with their build."""

from collections.abc import Sequence

import structlog
from sqlalchemy import Select, select, update

from bottega.build.reports.archives import Archives, root_id
from bottega.build.reports.tables import CoverageReport
from bottega.clock import epoch_ms
from bottega.store.database import Database

BATCH = 50
DAY_MS = 24 * 3600 * 1000

log = structlog.get_logger(__name__)


class ReportHousekeeping:
    """Archives go before their rows say so: what is repeated after a crash finds nothing to delete and says so then."""

    def __init__(self, database: Database, archives: Archives) -> None:
        self._database = database
        self._archives = archives

    def remove(self, tenant_id: str, run_id: str) -> None:
        """Delete the archives of a run that is being purged, whose row takes theirs along.

        Raises :class:`Unavailable`.
        """
        query = select(CoverageReport.stage).where(
            CoverageReport.run_id == run_id, CoverageReport.tenant_id == tenant_id
        )
        with self._database.read() as session:
            stages = session.scalars(query).all()
        for stage in stages:
            self._archives.remove(tenant_id, run_id, root_id(run_id, stage))

    def delete_expired(self, keep_days: int) -> int:
        """Delete archives that are older than ``keep_days`` days; figures stay. Returns how many.

        Raises :class:`Unavailable`.
        """
        border = epoch_ms() - keep_days * DAY_MS
        expired = (
            select(CoverageReport)
            .where(CoverageReport.archive_bytes > 0, CoverageReport.created_at < border)
            .order_by(CoverageReport.created_at)
            .limit(BATCH)
        )
        count = 0
        while rows := self._rows(expired):
            for row in rows:
                self._archives.remove(row.tenant_id, row.run_id, root_id(row.run_id, row.stage))
            with self._database.write() as session:
                for row in rows:
                    session.execute(
                        update(CoverageReport)
                        .where(
                            CoverageReport.run_id == row.run_id,
                            CoverageReport.stage == row.stage,
                            CoverageReport.created_at == row.created_at,
                        )
                        .values(archive_bytes=0)
                    )
            count += len(rows)
        if count:
            log.info("expired coverage reports deleted", count=count)
        return count

    def _rows(self, query: Select[CoverageReport]) -> Sequence[CoverageReport]:
        with self._database.read() as session:
            return session.scalars(query).all()
