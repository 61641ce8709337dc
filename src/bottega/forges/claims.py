"""Having to oneself what a forge is to be told, and settling it. Every change names the version it is about."""

from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, String, Text, and_, delete, select, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from bottega.store.base import Millis, now_ms

CLAIM_MS = 60_000
"""Longer than a request may last; until then nobody else tells the same, so that words keep their order."""

PURGE_BATCH = 1000


class ToTell:
    """Columns of a table of what forges are still to be told. Times are epoch milliseconds, by the database's clock.

    ``version`` grows whenever there is something else to tell. ``next_try_at`` is None while there is nothing; until
    ``claimed_until`` one replica is telling.
    """

    host: Mapped[str] = mapped_column(String(255))
    version: Mapped[int] = mapped_column(default=1)
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[int] = mapped_column(Millis)
    next_try_at: Mapped[int | None] = mapped_column(Millis)
    claimed_until: Mapped[int] = mapped_column(Millis, default=0)
    error: Mapped[str] = mapped_column(Text, default="")


T = TypeVar("T", bound=ToTell)


class Claims(Generic[T]):
    """The rows of one table, whose primary key is ``key``."""

    def __init__(self, table: type[T], key: InstrumentedAttribute[str]) -> None:
        self._table = table
        self._key = key

    def key(self, row: T) -> str:
        """The row's primary key."""
        return getattr(row, self._key.key)

    def is_due(self, session: Session) -> bool:
        """Whether there is anything to claim: most looks find nothing, and must not queue for the writer."""
        return session.scalar(select(self._key).where(self._due()).limit(1)) is not None

    def claim(self, session: Session, limit: int) -> list[T]:
        """Some that are due, the longest due first."""
        found = session.scalars(
            select(self._key)
            .where(self._due())
            .order_by(self._table.next_try_at, self._key)
            .limit(limit)
            # Whoever waited here with some rows in hand could be waited for by the end of several runs.
            .with_for_update(skip_locked=True)
        ).all()
        rows = session.scalars(
            update(self._table)
            .where(self._key.in_(found), self._due())
            .values(claimed_until=now_ms() + CLAIM_MS)
            .returning(self._table),
            execution_options={"synchronize_session": False},
        )
        return list(rows)

    def hold(self, session: Session, row: T, **values: Any) -> None:
        """Keep what was claimed for longer, and write these columns."""
        self._change(session, self._mine(row), claimed_until=now_ms() + CLAIM_MS, **values)

    def settle(self, session: Session, row: T, **values: Any) -> None:
        """There is nothing more to tell, unless there is news meanwhile. ``values`` are columns."""
        self._change(session, self._mine(row), claimed_until=0, **values)
        self._change(session, and_(self._mine(row), self._table.version == row.version), next_try_at=None)

    def postpone(self, session: Session, row: T, error: str, pause_ms: int, *, whole_host: bool) -> None:
        """It did not get through; with ``whole_host`` nothing would, so that all of the host waits."""
        later = now_ms() + pause_ms
        self._change(
            session,
            self._mine(row),
            claimed_until=0,
            error=error,
            tries=self._table.tries + 1,
            next_try_at=later,
        )
        if whole_host:
            others = select(self._key).where(self._table.host == row.host, self._table.next_try_at < later)
            free = session.scalars(others.with_for_update(skip_locked=True)).all()
            self._change(session, self._key.in_(free), next_try_at=later)

    def purge(self, session: Session, before_ms: int) -> int:
        """Forget some of what is settled and was made before that time; returns how many."""
        old = select(self._key).where(self._table.created_at < before_ms, self._table.next_try_at.is_(None))
        keys = session.scalars(old.limit(PURGE_BATCH).with_for_update(skip_locked=True)).all()
        session.execute(delete(self._table).where(self._key.in_(keys)))
        return len(keys)

    def _mine(self, row: T) -> ColumnElement[bool]:
        return self._key == self.key(row)

    def _due(self) -> ColumnElement[bool]:
        return and_(self._table.next_try_at <= now_ms(), self._table.claimed_until <= now_ms())

    def _change(self, session: Session, where: ColumnElement[bool], **values: Any) -> None:
        session.execute(
            update(self._table).where(where).values(**values).execution_options(synchronize_session=False)
        )
