"""Deleting what is kept of coverage reports for people: when their time is over, and with their build."""

import structlog
from sqlalchemy import Select, select

from bottega.build.actions.coverage_pages import KIND
from bottega.build.reports.archives import Archives, archive_key
from bottega.build.reports.tables import CoverageReport
from bottega.clock import epoch_ms
from bottega.store.database import Database
from bottega.transfers.doomed import doom

BATCH = 50
DAY_MS = 24 * 3600 * 1000

log = structlog.get_logger(__name__)


class ReportHousekeeping:
    """Archives of a purged build go before their rows: what is repeated after a crash finds nothing to delete."""

    def __init__(self, database: Database, archives: Archives) -> None:
        self._database = database
        self._archives = archives

    def remove(self, tenant_id: str, run_id: str) -> None:
        """Delete the archives of a run that is being purged, whose row takes theirs along.

        Raises :class:`Unavailable`.
        """
        query = select(CoverageReport.root_id).where(
            CoverageReport.run_id == run_id,
            CoverageReport.tenant_id == tenant_id,
            CoverageReport.archive_bytes > 0,
        )
        with self._database.read() as session:
            roots = session.scalars(query).all()
        for root in roots:
            self._archives.remove(tenant_id, root)

    def delete_expired(self, keep_days: int) -> int:
        """Have archives deleted that are older than ``keep_days`` days; figures stay. Returns how many."""
        border = epoch_ms() - keep_days * DAY_MS
        expired = (
            select(CoverageReport)
            .where(CoverageReport.archive_bytes > 0, CoverageReport.created_at < border)
            .order_by(CoverageReport.created_at)
            .limit(BATCH)
        )
        count = 0
        while self._has_any(expired):
            with self._database.write() as session:
                # Locked: an upload may be about to replace one.
                rows = session.scalars(expired.with_for_update()).all()
                doom(session, KIND, [archive_key(row.tenant_id, row.root_id) for row in rows])
                for row in rows:
                    row.archive_bytes = 0
                count += len(rows)
        if count:
            log.info("expired coverage reports deleted", count=count)
        return count

    def _has_any(self, query: Select[CoverageReport]) -> bool:
        # Most looks find nothing: those must not queue for the writer.
        with self._database.read() as session:
            return session.scalars(query.limit(1)).first() is not None
