"""Moving the logs of finished runs into the object store, and deleting them when their retention is over."""

from collections.abc import Iterator, Sequence
from typing import Any

import structlog
from sqlalchemy import Row, select, tuple_, update

from bottega.clock import epoch_ms
from bottega.errors import Unavailable
from bottega.runs.logs.live import LiveLogs
from bottega.runs.logs.sealed import SealedLogs
from bottega.runs.states import FINAL
from bottega.runs.tables import Run
from bottega.store.database import Database

BATCH = 50
READ_BYTES = 1024 * 1024
DAY_MS = 24 * 3600 * 1000
FORGOTTEN_AFTER_MS = DAY_MS
"""A live file without a run may be one whose run is not visible yet; after this it is nobody's."""

Rows = Sequence[Row[*tuple[Any, ...]]]

log = structlog.get_logger(__name__)


class Sealing:
    """Level-triggered: each pass looks for what is unsealed or too old, whatever was missed before.

    The order makes a crash at any moment harmless: the log is stored, then the row says so, then the live file goes.
    What is repeated gives the same, and what was left over is found by :meth:`remove_leftovers`.
    """

    def __init__(self, database: Database, live: LiveLogs, sealed: SealedLogs, replica_id: str) -> None:
        self._database = database
        self._live = live
        self._sealed = sealed
        self._replica_id = replica_id
        self._failing: set[str] = set()

    def seal_finished(self) -> int:
        """Seal the logs this replica recorded; returns how many.

        One that cannot be sealed does not keep the others from it. Raises :class:`Unavailable` when the object store
        does not answer; what is unsealed stays where it is until the next pass.
        """
        count = 0
        after = (0, "")
        while waiting := self._unsealed(after):
            after = (waiting[-1].finished_at, waiting[-1].id)
            sizes: dict[str, int] = {}
            try:
                for run in waiting:
                    self._seal(run, sizes)
            finally:
                self._note_sealed(sizes)
                count += len(sizes)
            if len(waiting) < BATCH:
                break
        return count

    def delete_expired(self, keep_days: int) -> int:
        """Delete logs older than ``keep_days`` days; the records stay. Returns how many.

        Raises :class:`Unavailable` when the object store does not answer.
        """
        border = epoch_ms() - keep_days * DAY_MS
        count = 0
        while expired := self._expired(border):
            for run in expired:
                self._sealed.remove(run.tenant_id, run.id)
            with self._database.write() as session:
                session.execute(
                    update(Run)
                    .where(Run.id.in_([run.id for run in expired]))
                    .values(log_deleted=True, log_size=0)
                )
            count += len(expired)
        if count:
            log.info("expired logs deleted", count=count)
        return count

    def remove_leftovers(self) -> int:
        """Remove live files of logs that are sealed, and of runs that do not exist; returns how many."""
        count = 0
        found = self._live.run_ids()
        for start in range(0, len(found), BATCH):
            batch = found[start : start + BATCH]
            with self._database.read() as session:
                rows = session.execute(select(Run.id, Run.log_sealed).where(Run.id.in_(batch)))
                sealed = {row.id: row.log_sealed for row in rows}
            for run_id in batch:
                if sealed.get(run_id, self._live.age_ms(run_id) > FORGOTTEN_AFTER_MS):
                    self._live.remove(run_id)
                    count += 1
        return count

    def _unsealed(self, after: tuple[int, str]) -> Rows:
        query = (
            select(Run.id, Run.tenant_id, Run.finished_at, Run.log_size)
            .where(
                Run.log_sealed.is_(False),
                Run.log_deleted.is_(False),
                tuple_(Run.finished_at, Run.id) > after,
                Run.state.in_(FINAL),
                (Run.recorder_id == self._replica_id) | Run.recorder_id.is_(None),
            )
            .order_by(Run.finished_at, Run.id)
            .limit(BATCH)
        )
        with self._database.read() as session:
            return session.execute(query).all()

    def _seal(self, run: Row[*tuple[Any, ...]], sizes: dict[str, int]) -> None:
        try:
            size = self._sealed.seal(run.tenant_id, run.id, self._chunks(run.id))
        except Unavailable:
            raise
        except Exception:
            if run.id not in self._failing:
                self._failing.add(run.id)
                log.exception("log cannot be sealed; it is tried again", run_id=run.id)
            return
        self._failing.discard(run.id)
        if size < run.log_size:
            log.error("part of a log is missing", run_id=run.id, recorded=run.log_size, found=size)
        sizes[run.id] = size

    def _note_sealed(self, sizes: dict[str, int]) -> None:
        if not sizes:
            return
        with self._database.write() as session:
            for run_id, size in sizes.items():
                session.execute(update(Run).where(Run.id == run_id).values(log_sealed=True, log_size=size))
        for run_id in sizes:
            self._live.remove(run_id)

    def _expired(self, border: int) -> Rows:
        query = (
            select(Run.id, Run.tenant_id)
            .where(Run.log_sealed.is_(True), Run.log_deleted.is_(False), Run.finished_at < border)
            .limit(BATCH)
        )
        with self._database.read() as session:
            return session.execute(query).all()

    def _chunks(self, run_id: str) -> Iterator[bytes]:
        start = 0
        while chunk := self._live.read(run_id, start, READ_BYTES):
            start += len(chunk)
            yield chunk
