"""Objects that nobody needs any more are named in the transaction that forgets them, and deleted afterwards."""

from collections.abc import Iterable

import structlog
from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.orm import Session

from bottega.clock import epoch_ms
from bottega.ids import new_hex
from bottega.store.database import Database
from bottega.store.objects import Objects
from bottega.transfers.tables import StoredObject

LONGEST_UPLOAD_MS = 24 * 3600 * 1000
"""What is not complete by then is given up."""
BATCH = 100

log = structlog.get_logger(__name__)


def doom(session: Session, kind: str, keys: Iterable[str]) -> None:
    """Have these objects deleted once the caller's transaction has been committed."""
    now = epoch_ms()
    session.add_all(
        StoredObject(id=new_hex(), object_key=key, kind=kind, doomed=True, created_at=now) for key in keys
    )


class Sweeper:
    """Deletes what is doomed, and what was begun and never came to its end."""

    def __init__(self, database: Database, objects: Objects) -> None:
        self._database = database
        self._objects = objects

    def sweep(self) -> int:
        """Delete all there is to delete; returns how many objects. Raises :class:`Unavailable`."""
        count = 0
        while self._has_any():
            with self._database.write() as session:
                rows = self._take(session)
            for _, key in rows:
                self._objects.clear_away(key)
            # The row goes last: a sweep that broke off finds it again.
            with self._database.write() as session:
                session.execute(delete(StoredObject).where(StoredObject.id.in_([one for one, _ in rows])))
            count += len(rows)
        if count:
            log.info("objects nobody needs deleted", count=count)
        return count

    def _has_any(self) -> bool:
        # Most looks find nothing: those must not queue for the writer.
        with self._database.read() as session:
            return session.scalar(_unwanted().limit(1)) is not None

    @staticmethod
    def _take(session: Session) -> list[tuple[str, str]]:
        """Doom what is too old, so that no upload can still be completed with an object that is being deleted."""
        query = _unwanted().limit(BATCH)
        changed = session.execute(
            update(StoredObject)
            .where(StoredObject.id.in_(query.scalar_subquery()))
            .values(doomed=True)
            .returning(StoredObject.id, StoredObject.object_key),
            execution_options={"synchronize_session": False},
        )
        return [(row.id, row.object_key) for row in changed]


def _unwanted() -> Select[str]:
    too_old = StoredObject.created_at < epoch_ms() - LONGEST_UPLOAD_MS
    return select(StoredObject.id).where(or_(StoredObject.doomed, too_old))
