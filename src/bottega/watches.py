"""Tables of repositories that are looked at, as :mod:`bottega.polling` asks for them.

Times are epoch milliseconds. Whoever changes a row first has it.
"""

from collections.abc import Callable, Collection
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, String, Text, select, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from bottega.polling import Question
from bottega.store.base import Millis
from bottega.store.database import Database

BATCH = 200
CLAIM_MS = 120_000
"""Longer than a question may last: until then no other replica asks the same."""
AT_ONCE = 100


class Watched:
    """Columns of such a table.

    ``url_key`` is the same for all rows that one question serves; it is empty while the rest is still to be found out,
    which only migrations leave to be done.
    """

    tenant_id: Mapped[str] = mapped_column(String(32))
    url: Mapped[str] = mapped_column(Text)
    url_key: Mapped[str] = mapped_column(String(64))
    host: Mapped[str] = mapped_column(String(255))
    looked_at: Mapped[int | None] = mapped_column(Millis)
    next_at: Mapped[int] = mapped_column(Millis)
    failures: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(Text, default="")


T = TypeVar("T", bound=Watched)


class Watches(Generic[T]):
    """Most of a :class:`~bottega.polling.Source`: the rows of ``table``, whose primary key is ``key``.

    Rows for which ``is_watched`` does not hold are left alone.
    """

    def __init__(
        self,
        database: Database,
        table: type[T],
        key: InstrumentedAttribute[str],
        is_watched: ColumnElement[bool],
    ) -> None:
        self._database = database
        self._table = table
        self._key = key
        self._is_watched = is_watched
        self._is_complete = False

    def prepare(self) -> None:
        """Find out what is to be looked at for tasks that were saved by a version that did not look."""
        if self._is_complete:
            return
        with self._database.read() as session:
            found = session.scalars(select(self._key).where(self._table.url_key == "").limit(AT_ONCE)).all()
        for key in found:
            with self._database.write() as session:
                self._complete(session, key)
        self._is_complete = not found

    def due(
        self, now: int, *, host: str | None = None, busy: Collection[str] = (), limit: int = 0
    ) -> list[Question]:
        table = self._table
        query = (
            select(table.url_key, table.url, table.host)
            .where(table.next_at <= now, table.url_key != "", self._is_watched)
            .where(table.host.not_in(busy) if host is None else table.host == host)
            .order_by(table.next_at, self._key)
            .limit(limit or BATCH)
        )
        with self._database.read() as session:
            rows = session.execute(query).all()
        return list(dict.fromkeys(Question(url_key=key, url=url, host=where) for key, url, where in rows))

    def claim(self, question: Question, now: int) -> bool:
        with self._database.write() as session:
            return bool(self._change(session, question, self._table.next_at <= now, next_at=now + CLAIM_MS))

    def failed(self, question: Question, error: str, next_at: Callable[[int], int]) -> None:
        with self._database.write() as session:
            earlier = select(self._table.failures).where(self._table.url_key == question.url_key)
            failures = max(session.scalars(earlier), default=0) + 1
            self._change(session, question, next_at=next_at(failures), failures=failures, error=error)

    def _complete(self, session: Session, key: str) -> None:
        """Find out the rest of a row, or remove it."""
        raise NotImplementedError

    def _of(self, session: Session, question: Question) -> list[T]:
        """The rows that the answer serves."""
        query = select(self._table).where(self._table.url_key == question.url_key, self._is_watched)
        return list(session.scalars(query.order_by(self._key)))

    def _answered(self, question: Question, now: int, next_at: int) -> None:
        """The repository has answered: all its rows are looked after again at the same time."""
        with self._database.write() as session:
            self._change(session, question, next_at=next_at, looked_at=now, failures=0, error="")

    def _change(
        self, session: Session, question: Question, *which: ColumnElement[bool], **values: Any
    ) -> int:
        """Write these columns where nobody else does: of several rows at once they are changed in any order, too."""
        mine = select(self._key).where(self._table.url_key == question.url_key, *which)
        free = session.scalars(mine.with_for_update(skip_locked=True)).all()
        changed = update(self._table).where(self._key.in_(free)).values(**values).returning(self._key)
        return len(session.execute(changed, execution_options={"synchronize_session": False}).all())
