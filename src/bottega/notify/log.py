"""The delivery log: what was sent where, with every try, for whoever may see what it is about."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bottega.notify.tables import Delivery, DeliveryState, DeliveryTry
from bottega.store.database import Database

PURGE_BATCH = 1000


class LogEntry(msgspec.Struct, frozen=True):
    """A delivery and its tries in order; a try without latency was never finished."""

    delivery: Delivery
    tries: Sequence[DeliveryTry]


def page(session: Session, tenant_id: str, origin: str, *, offset: int, limit: int) -> list[LogEntry]:
    """Deliveries of one origin, newest first."""
    query = (
        select(Delivery)
        .where(Delivery.tenant_id == tenant_id, Delivery.origin == origin)
        .order_by(Delivery.sequence.desc(), Delivery.id)
    )
    deliveries = session.scalars(query.offset(offset).limit(limit)).all()
    tries = session.scalars(
        select(DeliveryTry)
        .where(DeliveryTry.delivery_id.in_([one.id for one in deliveries]))
        .order_by(DeliveryTry.number)
    ).all()
    return [LogEntry(one, [each for each in tries if each.delivery_id == one.id]) for one in deliveries]


def purge(database: Database, before_ms: int) -> int:
    """Delete finished deliveries made before that time, in small transactions; returns how many."""
    gone = 0
    while True:
        with database.write() as session:
            old = select(Delivery.id).where(
                Delivery.created_at < before_ms, Delivery.state != DeliveryState.PENDING
            )
            ids = session.scalars(old.limit(PURGE_BATCH)).all()
            # Not left to the foreign key alone: it costs SQLite one statement for each row.
            session.execute(delete(DeliveryTry).where(DeliveryTry.delivery_id.in_(ids)))
            session.execute(delete(Delivery).where(Delivery.id.in_(ids)))
        gone += len(ids)
        if len(ids) < PURGE_BATCH:
            return gone
