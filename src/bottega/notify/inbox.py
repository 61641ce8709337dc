"""Messages that users find in the console: the channel MESSAGE."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.orm import Session

from bottega.clock import epoch_ms
from bottega.errors import Invalid
from bottega.iam.principal import Principal
from bottega.ids import new_uuid
from bottega.notify.message import Message
from bottega.notify.tables import InboxMessage
from bottega.store.database import Database

MAX_LIMIT = 100
KEPT_PER_USER = 1000
PURGE_BATCH = 1000


class InboxEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One message; ``read_at`` is None until its user has read it. Times are epoch milliseconds."""

    id: str
    message: Message
    created_at: int
    read_at: int | None


def put(session: Session, tenant_id: str, messages: Iterable[tuple[str, Message]]) -> None:
    """Leave each message for the user of that id, if the caller's write transaction commits."""
    now = epoch_ms()
    rows = [
        {
            "id": new_uuid(),
            "tenant_id": tenant_id,
            "user_id": user_id,
            "event": message.event,
            "message": msgspec.to_builtins(message),
            "created_at": now,
        }
        for user_id, message in messages
    ]
    if rows:
        session.execute(insert(InboxMessage), rows)


class Inbox:
    """What users do with their own messages; nobody sees another's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, principal: Principal, *, offset: int, limit: int) -> list[InboxEntry]:
        """The caller's messages, newest first. Raises :class:`Invalid` for a limit outside 1 to 100."""
        if not 1 <= limit <= MAX_LIMIT or offset < 0:
            raise Invalid("limit", f"expected 1 to {MAX_LIMIT}")
        # Many are left at the same time. As a float: a JSON integer would be one of 32 bits.
        happened = InboxMessage.message["at"].as_float()
        query = select(InboxMessage).where(*_own(principal))
        query = query.order_by(InboxMessage.created_at.desc(), happened.desc(), InboxMessage.id)
        with self._database.read() as session:
            return [_entry(row) for row in session.scalars(query.offset(offset).limit(limit))]

    def count(self, principal: Principal) -> int:
        """How many messages the caller has."""
        return self._count(*_own(principal))

    def unread(self, principal: Principal) -> int:
        """How many of the caller's messages are unread."""
        return self._count(*_own(principal), InboxMessage.read_at.is_(None))

    def mark_read(self, principal: Principal, ids: Sequence[str] | None = None) -> None:
        """Mark these of the caller's messages as read, or all of them."""
        change = update(InboxMessage).where(*_own(principal), InboxMessage.read_at.is_(None))
        if ids is not None:
            change = change.where(InboxMessage.id.in_(ids))
        with self._database.write() as session:
            session.execute(change.values(read_at=epoch_ms()))

    def _count(self, *which: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(InboxMessage).where(*which)
        with self._database.read() as session:
            return session.scalar(query) or 0


def purge(database: Database, before_ms: int) -> int:
    """Delete messages older than that, and all but the newest thousand of each user; returns how many."""
    gone = _purge_old(database, before_ms)
    with database.read() as session:
        crowded = session.execute(
            select(InboxMessage.tenant_id, InboxMessage.user_id)
            .group_by(InboxMessage.tenant_id, InboxMessage.user_id)
            .having(func.count() > KEPT_PER_USER)
        ).all()
    for tenant_id, user_id in crowded:
        with database.read() as session:
            mine = (InboxMessage.tenant_id == tenant_id, InboxMessage.user_id == user_id)
            newest = select(InboxMessage.created_at).where(*mine)
            newest = newest.order_by(InboxMessage.created_at.desc(), InboxMessage.id)
            border = session.scalar(newest.offset(KEPT_PER_USER - 1).limit(1))
        if border is not None:
            with database.write() as session:
                # Those of the very same moment stay: a few too many are better than one too few.
                removed = delete(InboxMessage).where(*mine, InboxMessage.created_at < border)
                gone += len(session.execute(removed.returning(InboxMessage.id)).all())
    return gone


def _purge_old(database: Database, before_ms: int) -> int:
    gone = 0
    while True:
        with database.write() as session:
            old = select(InboxMessage.id).where(InboxMessage.created_at < before_ms).limit(PURGE_BATCH)
            ids = session.scalars(old).all()
            session.execute(delete(InboxMessage).where(InboxMessage.id.in_(ids)))
        gone += len(ids)
        if len(ids) < PURGE_BATCH:
            return gone


def _own(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    return InboxMessage.tenant_id == principal.tenant_id, InboxMessage.user_id == principal.user_id


def _entry(row: InboxMessage) -> InboxEntry:
    return InboxEntry(
        id=row.id,
        message=msgspec.convert(row.message, Message),
        created_at=row.created_at,
        read_at=row.read_at,
    )
