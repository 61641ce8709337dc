"""Messages in the console: everybody's own, and nobody else's."""

import pytest
from sqlalchemy import update

from bottega.clock import epoch_ms
from bottega.errors import Invalid
from bottega.iam.principal import Principal
from bottega.notify import inbox
from bottega.notify.inbox import Inbox
from bottega.notify.message import Message
from bottega.notify.tables import InboxMessage
from bottega.store.database import Database
from tests.support.databases import seed_tenant


def put(database: Database, who: Principal, *titles: str) -> None:
    for title in titles:
        with database.write() as session:
            message = Message(event="buildJobFail", title=title, at=1, facts=[("Reason", "x")])
            inbox.put(session, who.tenant_id, [(who.user_id, message)])


def titles(database: Database, who: Principal, offset: int = 0, limit: int = 100) -> list[str]:
    return [one.message.title for one in Inbox(database).page(who, offset=offset, limit=limit)]


def test_users_see_and_read_their_own_messages_only(database: Database) -> None:
    ada, bob = seed_tenant(database, "first"), seed_tenant(database, "second")
    put(database, ada, "for ada")
    put(database, bob, "for bob")
    mine = Inbox(database)
    assert titles(database, ada) == ["for ada"]
    assert (mine.unread(ada), mine.unread(bob)) == (1, 1)
    (entry,) = mine.page(bob, offset=0, limit=10)
    mine.mark_read(ada, [entry.id])
    assert mine.unread(bob) == 1
    mine.mark_read(bob, [entry.id])
    mine.mark_read(ada)
    assert (mine.unread(ada), mine.unread(bob)) == (0, 0)
    (entry,) = mine.page(bob, offset=0, limit=10)
    assert entry.read_at is not None
    assert entry.message.facts == [("Reason", "x")]


def test_pages_add_up_to_all_messages(database: Database) -> None:
    ada = seed_tenant(database)
    put(database, ada, *(str(number) for number in range(7)))
    pages = [titles(database, ada, offset, 3) for offset in (0, 3, 6, 9)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert sorted(title for page in pages for title in page) == [str(number) for number in range(7)]


def test_messages_that_were_left_together_are_in_the_order_of_what_happened(database: Database) -> None:
    ada, now = seed_tenant(database), epoch_ms()
    ages = [3, 0, 4, 1, 2, 5]
    letters = [Message(event="buildJobFail", title=str(age), at=now - age) for age in ages]
    with database.write() as session:
        inbox.put(session, ada.tenant_id, [(ada.user_id, letter) for letter in letters])
    assert titles(database, ada) == ["0", "1", "2", "3", "4", "5"]


@pytest.mark.parametrize(("offset", "limit"), [(0, 0), (0, 101), (-1, 10)])
def test_a_page_that_cannot_be_is_refused(sqlite_database: Database, offset: int, limit: int) -> None:
    with pytest.raises(Invalid):
        Inbox(sqlite_database).page(seed_tenant(sqlite_database), offset=offset, limit=limit)


def test_old_messages_are_deleted(database: Database) -> None:
    ada = seed_tenant(database)
    put(database, ada, "old")
    with database.write() as session:
        session.execute(update(InboxMessage).values(created_at=1))
    put(database, ada, "new")
    assert inbox.purge(database, epoch_ms() - 60_000) == 1
    assert titles(database, ada) == ["new"]


def test_of_a_crowded_inbox_the_newest_messages_stay(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "KEPT_PER_USER", 3)
    ada, bob = seed_tenant(database, "first"), seed_tenant(database, "second")
    for number in range(5):
        put(database, ada, str(number))
        with database.write() as session:
            unset = InboxMessage.created_at > 1000
            session.execute(update(InboxMessage).where(unset).values(created_at=100 + number))
    put(database, bob, "x", "y")
    assert inbox.purge(database, 0) == 2
    assert titles(database, ada) == ["4", "3", "2"]
    assert len(titles(database, bob)) == 2
