"""From what happened to what is sent: each event of the outbox becomes messages to everybody who wants it.

One transaction takes events out of the outbox and puts their messages in, so that none is lost or made twice.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

import msgspec
import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bottega.notify import inbox
from bottega.notify.channels import Channel
from bottega.notify.mail import LANE as MAIL_LANE
from bottega.notify.message import Message
from bottega.notify.queue import NewDelivery, enqueue
from bottega.notify.tables import NoticeOutbox
from bottega.notify.target import unseal
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

BATCH = 100

log = structlog.get_logger(__name__)


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of one event.

    ``people`` are mail addresses (maybe empty) by user id; ``channels`` are those of MAIL and MESSAGE by which they
    hear of it; ``posts`` are robots and webhooks, each with its sealed target.
    """

    message: Message
    people: Mapping[str, str]
    channels: Collection[Channel]
    posts: Sequence[tuple[Channel, bytes]] = ()


Words = Callable[[NoticeOutbox], Notice | None]
"""What is told of one event; None when there is nobody and nothing to tell it of any more."""


class Teller(Protocol):
    """The domain that knows the words for its events, and who wants to hear them."""

    def look_up(self, session: Session, tenant_id: str, rows: Sequence[NoticeOutbox]) -> Words:
        """Read all that is needed for these events of one tenant, by a handful of queries for all of them."""
        ...


class FanOut:
    """A source of the dispatcher. ``with_mail``: whether there is a mail server; without one no mail is made.

    ``tellers`` are those of the kinds of events.
    """

    def __init__(
        self, database: Database, secrets: SecretBox, tellers: Mapping[str, Teller], *, with_mail: bool
    ) -> None:
        self._database = database
        self._secrets = secrets
        self._tellers = tellers
        self._with_mail = with_mail

    def work(self) -> int:
        """Take up some events; returns how many."""
        with self._database.read() as session:
            if session.scalar(select(NoticeOutbox.id).limit(1)) is None:
                return 0
        with self._database.write() as session:
            query = select(NoticeOutbox).order_by(NoticeOutbox.at, NoticeOutbox.id).limit(BATCH)
            rows = session.scalars(query.with_for_update(skip_locked=True)).all()
            alike: defaultdict[tuple[str, str], list[NoticeOutbox]] = defaultdict(list)
            for row in rows:
                alike[row.kind, row.tenant_id].append(row)
            for (kind, tenant_id), of_tenant in alike.items():
                words = self._tellers[kind].look_up(session, tenant_id, of_tenant)
                self._tell(session, tenant_id, of_tenant, words)
            session.execute(delete(NoticeOutbox).where(NoticeOutbox.id.in_([row.id for row in rows])))
        return len(rows)

    def _tell(self, session: Session, tenant_id: str, rows: Sequence[NoticeOutbox], words: Words) -> None:
        letters: list[tuple[str, Message]] = []
        deliveries: list[NewDelivery] = []
        for row in rows:
            try:
                notice = words(row)
                if notice is None:
                    continue
                if Channel.MESSAGE in notice.channels:
                    letters += [(user_id, notice.message) for user_id in notice.people]
                if self._with_mail and Channel.MAIL in notice.channels:
                    addresses = sorted(set(notice.people.values()) - {""})
                    deliveries += [_mail(row, address, notice.message) for address in addresses]
                deliveries += [
                    self._post(row, channel, sealed, notice.message) for channel, sealed in notice.posts
                ]
            except Exception:
                # It would be in the way of all others for ever.
                log.exception("a notice could not be made", notice=row.event, task_id=row.task_id)
        inbox.put(session, tenant_id, letters)
        enqueue(session, deliveries)

    def _post(self, row: NoticeOutbox, channel: Channel, sealed: bytes, message: Message) -> NewDelivery:
        target = unseal(self._secrets, sealed)
        return NewDelivery(
            tenant_id=row.tenant_id,
            channel=channel,
            origin=row.task_id,
            lane=target.lane,
            shown_target=target.shown(channel),
            sealed_target=sealed,
            message=message,
        )


def _mail(row: NoticeOutbox, address: str, message: Message) -> NewDelivery:
    return NewDelivery(
        tenant_id=row.tenant_id,
        channel=Channel.MAIL,
        origin=row.task_id,
        lane=MAIL_LANE,
        shown_target=address,
        message=message,
    )
