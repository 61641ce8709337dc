"""Moving the logs of finished runs into the object store, and deleting them when their retention is over."""

from collections.abc import Iterator

import structlog
from sqlalchemy import select, update

from bottega.clock import epoch_ms
from bottega.runs.logs.live import LiveLogs
from bottega.runs.logs.sealed import SealedLogs
from bottega.runs.states import FINAL
from bottega.runs.tables import Run
from bottega.store.database import Database

BATCH = 50
READ_BYTES = 1024 * 1024
DAY_MS = 24 * 3600 * 1000

log = structlog.get_logger(__name__)


class Sealing:
    """Level-triggered: each pass looks for what is unsealed or too old, whatever was missed before."""

    def __init__(self, database: Database, live: LiveLogs, sealed: SealedLogs, replica_id: str) -> None:
        self._database = database
        self._live = live
        self._sealed = sealed
        self._replica_id = replica_id

    def seal_finished(self) -> int:
        """Seal the logs this replica recorded; returns how many."""
        with self._database.read() as session:
            query = (
                select(Run.id, Run.tenant_id)
                .where(
                    Run.log_sealed.is_(False),
                    Run.finished_at.is_not(None),
                    Run.state.in_(FINAL),
                    (Run.recorder_id == self._replica_id) | Run.recorder_id.is_(None),
                )
                .order_by(Run.finished_at)
                .limit(BATCH)
            )
            waiting = session.execute(query).all()
        sizes = {
            run_id: self._sealed.seal(tenant_id, run_id, self._chunks(run_id))
            for run_id, tenant_id in waiting
        }
        if sizes:
            with self._database.write() as session:
                for run_id, size in sizes.items():
                    session.execute(
                        update(Run).where(Run.id == run_id).values(log_sealed=True, log_size=size)
                    )
            for run_id in sizes:
                self._live.remove(run_id)
        return len(sizes)

    def delete_expired(self, keep_days: int) -> int:
        """Delete logs older than ``keep_days`` days; the records stay. Returns how many."""
        border = epoch_ms() - keep_days * DAY_MS
        with self._database.read() as session:
            query = (
                select(Run.id, Run.tenant_id)
                .where(Run.log_sealed.is_(True), Run.log_deleted.is_(False), Run.finished_at < border)
                .limit(BATCH)
            )
            expired = session.execute(query).all()
        for run_id, tenant_id in expired:
            self._sealed.remove(tenant_id, run_id)
        if expired:
            with self._database.write() as session:
                session.execute(
                    update(Run)
                    .where(Run.id.in_([run_id for run_id, _tenant in expired]))
                    .values(log_deleted=True, log_size=0)
                )
            log.info("expired logs deleted", count=len(expired))
        return len(expired)

    def _chunks(self, run_id: str) -> Iterator[bytes]:
        start = 0
        while chunk := self._live.read(run_id, start, READ_BYTES):
            start += len(chunk)
            yield chunk
