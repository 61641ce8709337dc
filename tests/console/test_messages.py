"""What users are told, on the page for it."""

import pytest

from bottega import links
from bottega.console.views.messages import EACH
from bottega.iam.principal import Principal
from bottega.notify import inbox
from bottega.notify.message import Message
from tests.console.conftest import Visitor
from tests.support.application import Application, World

HOSTILE = "<script>alert(1)</script>"


def tell(app: Application, who: Principal, *messages: Message) -> None:
    with app.services.database.write() as session:
        inbox.put(session, who.tenant_id, [(who.user_id, one) for one in messages])


def told(title: str, page: str = "") -> Message:
    return Message(event="buildJobFail", title=title, at=1, facts=[("Reason", HOSTILE)], page=page)


@pytest.fixture
def reader(app: Application) -> Principal:
    mine = app.mine
    return Principal(
        tenant_id=mine.domain_id,
        tenant_name=mine.domain_name,
        user_id=mine.user_id,
        user_name=mine.user_name,
        iam_project_id="",
        rights=frozenset(),
    )


def test_messages_are_shown_to_who_they_are_for_and_can_be_marked_as_read(
    app: Application, world: World, mine: Visitor, other: Visitor, reader: Principal
) -> None:
    tell(
        app,
        reader,
        told(f"Build failed {HOSTILE}", links.to_record(world.record_id)),
        told("Check done"),
    )
    page = mine.get("/console/messages")
    assert HOSTILE not in page
    assert f'<a href="/console/records/{world.record_id}">Build failed' in page
    assert ">Check done</h2>" in page
    assert "2 unread" in page
    assert "2 unread messages" in mine.get("/console")
    assert "Check done" not in other.get("/console/messages")

    one = app.services.notify.inbox.page(reader, offset=0, limit=1)[0]
    assert other.post("/console/messages/read", message=one.id).status_code == 303
    assert "2 unread" in mine.get("/console/messages")
    assert mine.post("/console/messages/read", message=one.id).status_code == 303
    assert "1 unread message<" in mine.get("/console")
    answer = mine.post("/console/messages/read")
    assert "Marked as read." in mine.get(answer.headers["location"])
    assert "unread" not in mine.get("/console")


def test_a_long_list_of_messages_has_pages(app: Application, mine: Visitor, reader: Principal) -> None:
    tell(app, reader, *(told(f"Message {number}.") for number in range(30)))
    first, second = mine.get("/console/messages"), mine.get("/console/messages?page=2")
    shown = [f"Message {number}." in first for number in range(30)]
    assert shown.count(True) == EACH
    assert shown == [f"Message {number}." not in second for number in range(30)]
    assert "There are none on this page" in mine.get("/console/messages?page=1000000")


def test_where_people_are_led_to_are_pages_of_the_console(world: World, mine: Visitor) -> None:
    mine.get(links.to_build_task(world.job_id))
    mine.get(links.to_record(world.record_id))
    mine.get(links.to_scan(world.checking_task_id, world.scan_id))
    mine.get(links.to_issues(world.task_id))
    mine.get(links.to_issue(world.task_id, world.issue_id))
