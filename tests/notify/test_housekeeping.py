"""What is too old goes, and nothing else."""

from sqlalchemy import update

from bottega.clock import epoch_ms
from bottega.notify import inbox
from bottega.notify.backoff import MAX_AGE_MS
from bottega.notify.housekeeping import DAY_MS, Housekeeping
from bottega.notify.inbox import Inbox
from bottega.notify.message import Message
from bottega.notify.tables import DeliveryState, InboxMessage
from bottega.store.database import Database
from tests.notify.conftest import Queue, delivery
from tests.support.databases import seed_tenant


def test_a_month_is_kept_or_everything(sqlite_database: Database) -> None:
    ada = seed_tenant(sqlite_database)
    queue = Queue(sqlite_database)
    queue.put(delivery())
    queue.change(created_at=epoch_ms() - MAX_AGE_MS - 1)
    with sqlite_database.write() as session:
        inbox.put(session, ada.tenant_id, [(ada.user_id, Message(event="x", title="x", at=1))])
    month = Housekeeping(sqlite_database, queue.deliveries, 30)
    month.tidy()
    assert queue.row().state == DeliveryState.FAILED
    queue.change(created_at=epoch_ms() - 31 * DAY_MS)
    with sqlite_database.write() as session:
        session.execute(update(InboxMessage).values(created_at=epoch_ms() - 31 * DAY_MS))
    Housekeeping(sqlite_database, queue.deliveries, 0).tidy()
    assert len(queue.rows()) == 1
    month.tidy()
    assert queue.rows() == []
    assert Inbox(sqlite_database).page(ada, offset=0, limit=10) == []
