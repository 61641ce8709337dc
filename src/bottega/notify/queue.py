"""Handing messages over for delivery, and taking them back, inside the caller's write transaction."""

import time
from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, Select, and_, delete, insert, select, update
from sqlalchemy.orm import Session

from bottega.clock import epoch_ms
from bottega.ids import new_uuid
from bottega.notify.channels import Channel
from bottega.notify.message import Message
from bottega.notify.tables import Delivery, DeliveryState, DeliveryTry
from bottega.notify.target import Target, seal
from bottega.store.base import now_ms
from bottega.store.secrets import SecretBox

Origins = Sequence[str] | Select[str]
"""Those of some deliveries, or the query that finds them."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a robot or webhook is, as :class:`~bottega.notify.tables.Delivery` keeps it."""

    lane: str
    shown_target: str
    sealed_target: bytes


def place_of(secrets: SecretBox, target: Target, channel: Channel) -> Place:
    """That of a target."""
    return Place(lane=target.lane, shown_target=target.shown(channel), sealed_target=seal(secrets, target))


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


def withdraw(session: Session, tenant_id: str, origins: Origins, channel: Channel, *, lane: str = "") -> None:
    """Send no more of what still waits, of one lane if it is named; a conversation under way goes on."""
    session.execute(
        update(Delivery)
        .where(_waiting(tenant_id, origins, channel, lane))
        .values(state=DeliveryState.WITHDRAWN, finished_at=epoch_ms())
        .execution_options(synchronize_session=False)
    )


def withdraw_all(session: Session, tenant_id: str, origins: Origins) -> None:
    """Send nothing more for these, by any channel, and do not repeat a conversation that fails."""
    session.execute(
        update(Delivery)
        .where(
            Delivery.tenant_id == tenant_id,
            Delivery.state == DeliveryState.PENDING,
            Delivery.origin.in_(origins),
        )
        .values(state=DeliveryState.WITHDRAWN, finished_at=epoch_ms(), claimed_by=None)
        .execution_options(synchronize_session=False)
    )


def forget(session: Session, tenant_id: str, origin: str) -> None:
    """Delete what was and what is to be sent for it, with the log of it."""
    its_own = and_(Delivery.tenant_id == tenant_id, Delivery.origin == origin)
    ids = select(Delivery.id).where(its_own)
    # Not left to the foreign key alone: it costs SQLite one statement for each row.
    session.execute(delete(DeliveryTry).where(DeliveryTry.delivery_id.in_(ids)))
    session.execute(delete(Delivery).where(its_own).execution_options(synchronize_session=False))


def retarget(
    session: Session,
    tenant_id: str,
    origins: Origins,
    channel: Channel,
    place: Place,
    *,
    lane: str = "",
) -> None:
    """Send what still waits, of one lane if it is named, to this place instead, and try it at once."""
    session.execute(
        update(Delivery)
        .where(_waiting(tenant_id, origins, channel, lane))
        .values(
            lane=place.lane,
            shown_target=place.shown_target,
            sealed_target=place.sealed_target,
            next_try_at=now_ms(),
        )
        .execution_options(synchronize_session=False)
    )


def _waiting(tenant_id: str, origins: Origins, channel: Channel, lane: str) -> ColumnElement[bool]:
    found = and_(
        Delivery.tenant_id == tenant_id,
        Delivery.origin.in_(origins),
        Delivery.channel == channel,
        Delivery.state == DeliveryState.PENDING,
        Delivery.claimed_by.is_(None),
    )
    return and_(found, Delivery.lane == lane) if lane else found
