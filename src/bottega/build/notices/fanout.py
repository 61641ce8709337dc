"""From what happened to what is sent: each event of the outbox becomes messages to everybody who wants it.

One transaction takes events out of the outbox and puts their messages in, so that none is lost or made twice.
"""

from collections import defaultdict
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bottega.build.notices import settings
from bottega.build.notices.recipients import Followers
from bottega.build.notices.settings import Own
from bottega.build.notices.tables import NoticeOutbox
from bottega.build.notices.told import Told
from bottega.notify import inbox
from bottega.notify.channels import POSTED, Channel
from bottega.notify.mail import LANE as MAIL_LANE
from bottega.notify.message import Message
from bottega.notify.queue import NewDelivery, enqueue
from bottega.notify.target import unseal
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

BATCH = 100

log = structlog.get_logger(__name__)


class NoticeFanOut:
    """A source of the dispatcher. ``with_mail``: whether there is a mail server; without one no mail is made."""

    def __init__(self, database: Database, secrets: SecretBox, zone: ZoneInfo, *, with_mail: bool) -> None:
        self.followers: list[Followers] = []
        self._database = database
        self._secrets = secrets
        self._zone = zone
        self._with_mail = with_mail

    def work(self) -> int:
        """Take up some events; returns how many."""
        with self._database.read() as session:
            if session.scalar(select(NoticeOutbox.id).limit(1)) is None:
                return 0
        with self._database.write() as session:
            query = select(NoticeOutbox).order_by(NoticeOutbox.at, NoticeOutbox.id).limit(BATCH)
            rows = session.scalars(query.with_for_update(skip_locked=True)).all()
            by_tenant: defaultdict[str, list[NoticeOutbox]] = defaultdict(list)
            for row in rows:
                by_tenant[row.tenant_id].append(row)
            for tenant_id, of_tenant in by_tenant.items():
                self._tell(session, tenant_id, of_tenant)
            session.execute(delete(NoticeOutbox).where(NoticeOutbox.id.in_([row.id for row in rows])))
        return len(rows)

    def _tell(self, session: Session, tenant_id: str, rows: Sequence[NoticeOutbox]) -> None:
        told = Told(session, tenant_id, rows, self.followers)
        letters: list[tuple[str, Message]] = []
        deliveries: list[NewDelivery] = []
        for row in rows:
            try:
                message = told.message(row, self._zone)
                if message is None:
                    continue
                people = told.people(row)
                own = told.own[row.task_id]
                if row.event in settings.in_force(own, Channel.MESSAGE):
                    letters += [(user_id, message) for user_id in people]
                if self._with_mail and row.event in settings.in_force(own, Channel.MAIL):
                    deliveries += [
                        _mail(row, address, message) for address in sorted(set(people.values()) - {""})
                    ]
                deliveries += self._posts(row, own, message)
            except Exception:
                # It would be in the way of all others for ever.
                log.exception("a notice could not be made", notice=row.event, task_id=row.task_id)
        inbox.put(session, tenant_id, letters)
        enqueue(session, deliveries)

    def _posts(self, row: NoticeOutbox, own: Own, message: Message) -> list[NewDelivery]:
        made: list[NewDelivery] = []
        for channel in sorted(POSTED & own.keys()):
            sealed = own[channel].sealed_target
            if sealed is None or row.event not in settings.in_force(own, channel):
                continue
            target = unseal(self._secrets, sealed)
            made.append(
                NewDelivery(
                    tenant_id=row.tenant_id,
                    channel=channel,
                    origin=row.task_id,
                    lane=target.lane,
                    shown_target=target.shown(channel),
                    sealed_target=sealed,
                    message=message,
                )
            )
        return made


def _mail(row: NoticeOutbox, address: str, message: Message) -> NewDelivery:
    return NewDelivery(
        tenant_id=row.tenant_id,
        channel=Channel.MAIL,
        origin=row.task_id,
        lane=MAIL_LANE,
        shown_target=address,
        message=message,
    )
