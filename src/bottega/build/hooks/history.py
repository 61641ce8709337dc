"""Keeping deliveries: a short history of each hook, in which a delivery that comes again is recognised."""

from typing import Any

import msgspec
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bottega.build.hooks.proofs import Proof
from bottega.build.hooks.pushes import Push, Told
from bottega.build.hooks.tables import DeliveryState, Hook, HookDelivery
from bottega.errors import Unavailable
from bottega.ids import new_uuid

KEPT = 200
"""Deliveries of one hook that are remembered, beside those that wait."""

MAX_WAITING = 200
"""Deliveries of one hook that may wait for a build."""

FIRST_TRY_MS = 10_000
"""When the scan looks after a delivery that was not handled where it was taken in."""

NO_PUSH = "tells of no push"


def known(session: Session, hook_id: str, key: str) -> HookDelivery | None:
    """The delivery that came under this key before."""
    query = select(HookDelivery).where(HookDelivery.hook_id == hook_id, HookDelivery.key == key)
    return session.scalars(query).one_or_none()


def take_in(session: Session, hook: Hook, proof: Proof, told: Told, now: int) -> HookDelivery:
    """Note a new delivery. Raises :class:`Unavailable` when too many of the hook wait already."""
    hook.last_delivery_at = now
    delivery = HookDelivery(
        id=new_uuid(),
        hook_id=hook.id,
        tenant_id=hook.tenant_id,
        task_id=hook.task_id,
        key=proof.key,
        forge=proof.forge,
        event=told.event,
        push=None if told.push is None else msgspec.to_builtins(told.push),
        state=DeliveryState.WAITING if told.push else DeliveryState.IGNORED,
        reason="" if told.push else f"{told.event or 'the delivery'} {NO_PUSH}",
        received_at=now,
        next_try_at=now + FIRST_TRY_MS if told.push else None,
    )
    return _added(session, delivery)


def take_again(session: Session, earlier: HookDelivery, now: int) -> HookDelivery:
    """Note that an earlier delivery is to be handled once more. Raises like :func:`take_in`."""
    identity = new_uuid()
    delivery = HookDelivery(
        id=identity,
        hook_id=earlier.hook_id,
        tenant_id=earlier.tenant_id,
        task_id=earlier.task_id,
        key=f"again:{identity}",
        forge=earlier.forge,
        event=earlier.event,
        push=earlier.push,
        state=DeliveryState.WAITING,
        received_at=now,
        next_try_at=now + FIRST_TRY_MS,
        redelivery_of=earlier.id,
    )
    return _added(session, delivery)


def settle(
    session: Session,
    delivery_id: str,
    state: DeliveryState,
    reason: str = "",
    *,
    run_id: str | None = None,
    build_no: int | None = None,
) -> bool:
    """Say what came of a waiting delivery; False when somebody else has."""
    return _change(
        session,
        delivery_id,
        state=state,
        reason=reason,
        run_id=run_id,
        build_no=build_no,
        next_try_at=None,
    )


def postpone(session: Session, delivery_id: str, reason: str, next_try_at: int) -> bool:
    """Have a waiting delivery tried again later."""
    return _change(session, delivery_id, reason=reason, next_try_at=next_try_at, tries=HookDelivery.tries + 1)


def push_of(delivery: HookDelivery) -> Push | None:
    """What the delivery says of a push."""
    return None if delivery.push is None else msgspec.convert(delivery.push, Push)


def _added(session: Session, delivery: HookDelivery) -> HookDelivery:
    mine = HookDelivery.hook_id == delivery.hook_id
    waiting = select(func.count()).where(mine, HookDelivery.next_try_at.is_not(None))
    if (session.scalar(waiting) or 0) >= MAX_WAITING:
        raise Unavailable(f"{MAX_WAITING} deliveries of this webhook wait for a build")
    session.add(delivery)
    session.flush()
    newest = (
        select(HookDelivery.id)
        .where(mine, HookDelivery.next_try_at.is_(None))
        .order_by(HookDelivery.received_at.desc(), HookDelivery.id)
        .offset(KEPT)
    )
    session.execute(
        delete(HookDelivery).where(HookDelivery.id.in_(session.scalars(newest).all())),
        execution_options={"synchronize_session": False},
    )
    return delivery


def _change(session: Session, delivery_id: str, **values: Any) -> bool:
    changed = session.execute(
        update(HookDelivery)
        .where(HookDelivery.id == delivery_id, HookDelivery.state == DeliveryState.WAITING)
        .values(**values)
        .returning(HookDelivery.id),
        execution_options={"synchronize_session": False},
    )
    return changed.one_or_none() is not None
