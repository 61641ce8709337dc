"""Handing messages over for delivery, and taking them back, inside the caller's write transaction."""

import time
from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, and_, insert, update
from sqlalchemy.orm import Session

from bottega.clock import epoch_ms
from bottega.ids import new_uuid
from bottega.notify.channels import Channel
from bottega.notify.message import Message
from bottega.notify.tables import Delivery, DeliveryState
from bottega.store.base import now_ms


class NewDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A message to one place; the fields are those of :class:`~bottega.notify.tables.Delivery`."""

    tenant_id: str
    channel: Channel
    origin: str
    lane: str
    shown_target: str
    message: Message
    sealed_target: bytes | None = None


def enqueue(session: Session, new: Sequence[NewDelivery]) -> None:
    """Have these sent, if the transaction commits."""
    if not new:
        return
    now = epoch_ms()
    # Finer than the times of the rows: those of one batch would be sent in any order.
    first = time.time_ns()
    rows = [
        {
            **msgspec.structs.asdict(one),
            "id": new_uuid(),
            "sequence": first + place,
            "event": one.message.event,
            "message": msgspec.to_builtins(one.message),
            "created_at": now,
            "next_try_at": now,
        }
        for place, one in enumerate(new)
    ]
    session.execute(insert(Delivery), rows)


def withdraw(session: Session, tenant_id: str, origin: str, channel: Channel) -> None:
    """Send no more of what still waits; a conversation under way goes on."""
    session.execute(
        update(Delivery)
        .where(_waiting(tenant_id, origin, channel))
        .values(state=DeliveryState.WITHDRAWN, finished_at=epoch_ms())
        .execution_options(synchronize_session=False)
    )


def retarget(
    session: Session, tenant_id: str, origin: str, channel: Channel, *, lane: str, shown: str, sealed: bytes
) -> None:
    """Send what still waits to this place instead, and try it at once."""
    session.execute(
        update(Delivery)
        .where(_waiting(tenant_id, origin, channel))
        .values(lane=lane, shown_target=shown, sealed_target=sealed, next_try_at=now_ms())
        .execution_options(synchronize_session=False)
    )


def _waiting(tenant_id: str, origin: str, channel: Channel) -> ColumnElement[bool]:
    return and_(
        Delivery.tenant_id == tenant_id,
        Delivery.origin == origin,
        Delivery.channel == channel,
        Delivery.state == DeliveryState.PENDING,
        Delivery.claimed_by.is_(None),
    )
