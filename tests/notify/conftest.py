"""A queue of deliveries on each database, and ways to look into it."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from bottega.notify.channels import Channel
from bottega.notify.deliveries import Deliveries
from bottega.notify.message import Message
from bottega.notify.queue import NewDelivery, enqueue
from bottega.notify.tables import Delivery, DeliveryTry
from bottega.notify.target import Target, seal
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

BOX = SecretBox(b"k" * 32)
TENANT = "1" * 32
ORIGIN = "a" * 32


def delivery(url: str = "http://127.0.0.1:1/", title: str = "hello", **changes: Any) -> NewDelivery:
    """A message to a plain webhook, or whatever else the changes make of it."""
    target = Target(url=url, secret="SECRET0123456789")
    new = NewDelivery(
        tenant_id=TENANT,
        channel=Channel.WEBHOOK,
        origin=ORIGIN,
        lane=target.lane,
        shown_target=target.shown(Channel.WEBHOOK),
        sealed_target=seal(BOX, target),
        message=Message(event="buildJobFail", title=title, at=1),
    )
    return msgspec.structs.replace(new, **changes)


class Queue:
    """What tests do with the queue of one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.deliveries = Deliveries(database, "replica")

    def put(self, *new: NewDelivery) -> None:
        for one in new:
            with self.database.write() as session:
                enqueue(session, [one])

    def rows(self) -> list[Delivery]:
        with self.database.read() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.sequence)))

    def row(self) -> Delivery:
        (row,) = self.rows()
        return row

    def tries(self) -> list[DeliveryTry]:
        with self.database.read() as session:
            query = select(DeliveryTry).order_by(DeliveryTry.started_at, DeliveryTry.number)
            return list(session.scalars(query))

    def change(self, **values: Any) -> None:
        """Change all rows, as time would."""
        with self.database.write() as session:
            session.execute(update(Delivery).values(**values))

    def make_due(self) -> None:
        """Let every pause and claim be over."""
        self.change(next_try_at=1)


@pytest.fixture
def queue(database: Database) -> Queue:
    return Queue(database)


@pytest.fixture
def make_queue() -> Callable[[Database], Queue]:
    return Queue
