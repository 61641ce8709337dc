"""What a replica does with the queue. The row is the truth: every change names what it expects to find.

A delivery is sent at least once: a server that dies between the sending and the commit after it sends the message
again, under the same id.
"""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from bottega.clock import epoch_ms
from bottega.notify.backoff import MAX_AGE_MS, MAX_TRIES, delay_ms, is_over
from bottega.notify.channels import Channel
from bottega.notify.message import Message
from bottega.notify.outcome import NotSent
from bottega.notify.tables import Delivery, DeliveryState, DeliveryTry
from bottega.store.base import now_ms
from bottega.store.database import Database

CLAIM_MS = 120_000
"""Longer than any conversation may last (see ``outgoing`` and ``mail``), or a message would be sent twice."""

_PENDING = Delivery.state == DeliveryState.PENDING


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that this replica is to send now; ``tries`` counts this try too."""

    id: str
    channel: Channel
    lane: str
    shown_target: str
    sealed_target: bytes | None
    message: Message
    tries: int
    created_at: int


class Deliveries:
    """Claims and settles deliveries for one replica."""

    def __init__(self, database: Database, replica_id: str) -> None:
        self._database = database
        self._replica_id = replica_id

    def release(self) -> int:
        """Let go of what this replica had claimed when it died; returns how many. Call it before any claim."""
        mine = and_(_PENDING, Delivery.claimed_by == self._replica_id)
        with self._database.write() as session:
            return _change(session, mine, claimed_by=None, next_try_at=now_ms())

    def claim(self, limit: int) -> list[Claimed]:
        """At most ``limit`` due deliveries, the longest waiting first, and at most one of each lane."""
        due = and_(_PENDING, Delivery.next_try_at <= now_ms(), Delivery.tries < MAX_TRIES)
        with self._database.read() as session:
            # Most passes find nothing: those must not queue for the writer.
            if limit < 1 or session.scalar(select(Delivery.id).where(due).limit(1)) is None:
                return []
        with self._database.write() as session:
            wanted = session.scalars(_first_of_each_lane(due).limit(limit)).all()
            rows = session.execute(
                update(Delivery)
                .where(Delivery.id.in_(wanted), due)
                .values(
                    claimed_by=self._replica_id, next_try_at=now_ms() + CLAIM_MS, tries=Delivery.tries + 1
                )
                .returning(
                    Delivery.id,
                    Delivery.tenant_id,
                    Delivery.channel,
                    Delivery.lane,
                    Delivery.shown_target,
                    Delivery.sealed_target,
                    Delivery.message,
                    Delivery.tries,
                    Delivery.created_at,
                )
                .execution_options(synchronize_session=False)
            ).all()
            now = epoch_ms()
            session.add_all(
                DeliveryTry(delivery_id=row.id, number=row.tries, tenant_id=row.tenant_id, started_at=now)
                for row in rows
            )
        return [
            Claimed(
                id=row.id,
                channel=Channel(row.channel),
                lane=row.lane,
                shown_target=row.shown_target,
                sealed_target=row.sealed_target,
                message=msgspec.convert(row.message, Message),
                tries=row.tries,
                created_at=row.created_at,
            )
            for row in rows
        ]

    def sent(self, claimed: Claimed, *, status: int, latency_ms: int) -> None:
        """The message got through."""
        with self._database.write() as session:
            _log(session, claimed, status=status, latency_ms=latency_ms, error="")
            _change(
                session,
                self._own(claimed),
                state=DeliveryState.SENT,
                finished_at=epoch_ms(),
                claimed_by=None,
                error="",
            )

    def failed(self, claimed: Claimed, error: NotSent, *, latency_ms: int) -> bool:
        """The message did not get through: it is tried again later or given up; returns whether it was given up."""
        now = epoch_ms()
        over = not error.retry or is_over(claimed.tries, now - claimed.created_at)
        pause = delay_ms(claimed.tries, after_ms=int((error.after or 0) * 1000))
        values: dict[str, Any] = {"claimed_by": None, "error": str(error), "next_try_at": now_ms() + pause}
        if over:
            values |= {"state": DeliveryState.FAILED, "finished_at": now}
        with self._database.write() as session:
            _log(session, claimed, status=error.status, latency_ms=latency_ms, error=str(error))
            _change(session, self._own(claimed), **values)
            if error.target_down:
                # What waits behind it would only meet the same, and take the place of messages to others.
                behind = and_(_PENDING, Delivery.lane == claimed.lane, Delivery.claimed_by.is_(None))
                early = Delivery.next_try_at < now_ms() + pause
                _change(session, and_(behind, early), next_try_at=now_ms() + pause)
        return over

    def give_up_old(self) -> int:
        """Give up what waited for a day, and what was interrupted at its last try; returns how many."""
        old = and_(Delivery.claimed_by.is_(None), Delivery.created_at < epoch_ms() - MAX_AGE_MS)
        interrupted = and_(Delivery.next_try_at <= now_ms(), Delivery.tries >= MAX_TRIES)
        reason = case((Delivery.error == "", "no try was finished in time"), else_=Delivery.error)
        with self._database.write() as session:
            return _change(
                session,
                and_(_PENDING, or_(old, interrupted)),
                state=DeliveryState.FAILED,
                finished_at=epoch_ms(),
                claimed_by=None,
                error=reason,
            )

    def _own(self, claimed: Claimed) -> ColumnElement[bool]:
        return and_(
            _PENDING,
            Delivery.id == claimed.id,
            Delivery.claimed_by == self._replica_id,
            Delivery.tries == claimed.tries,
        )


def _first_of_each_lane(due: ColumnElement[bool]) -> Select[tuple[str]]:
    busy = select(Delivery.lane).where(
        _PENDING, Delivery.claimed_by.is_not(None), Delivery.next_try_at > now_ms()
    )
    order = (Delivery.next_try_at, Delivery.sequence)
    place = func.row_number().over(partition_by=Delivery.lane, order_by=order).label("place")
    ranked = (
        select(Delivery.id, Delivery.next_try_at, place).where(due, Delivery.lane.not_in(busy)).subquery()
    )
    return select(ranked.c.id).where(ranked.c.place == 1).order_by(ranked.c.next_try_at, ranked.c.id)


def _change(session: Session, where: ColumnElement[bool], **values: Any) -> int:
    changed = session.execute(
        update(Delivery)
        .where(where)
        .values(**values)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return len(changed.all())


def _log(session: Session, claimed: Claimed, **values: Any) -> None:
    session.execute(
        update(DeliveryTry)
        .where(DeliveryTry.delivery_id == claimed.id, DeliveryTry.number == claimed.tries)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
