"""From what happens to a task to messages for everybody who wants to know: on both databases."""

from collections.abc import Collection
from typing import Any

import msgspec
import pytest
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from bottega import links
from bottega.build.compile import RunChoices
from bottega.build.definition import Definition
from bottega.build.kinds import BUILD
from bottega.build.notices.events import NoticeEvent
from bottega.build.notices.outbox import runs_ended, task_event
from bottega.build.tables import BuildTask
from bottega.iam.principal import Principal
from bottega.iam.tables import User
from bottega.notify.channels import Channel
from bottega.notify.fanout import FanOut
from bottega.notify.tables import DeliveryState, NoticeOutbox
from bottega.runs.final import EndedRun
from bottega.runs.states import RunState
from tests.build.harness import shell_step
from tests.build.notices.conftest import Notices, add_user
from tests.support.databases import seed_project
from tests.support.http_sink import Reply, http_sink

FAIL = "buildJobFail"


def told(notices: Notices) -> list[str]:
    while notices.fan_out.work():
        pass
    return [message.event for message in notices.letters()]


@pytest.mark.parametrize(
    ("state", "name"),
    [
        (RunState.SUCCESS, "buildJobSuccess"),
        (RunState.FAILURE, FAIL),
        (RunState.TIMEOUT, FAIL),
        (RunState.LOST, FAIL),
        (RunState.SCHEDULE_FAILURE, FAIL),
        (RunState.ABORTED, None),
    ],
)
def test_ends_of_builds_are_told_once(
    notices: Notices, alice: Principal, project_id: str, state: RunState, name: str | None
) -> None:
    notices.build(alice, notices.task(alice, project_id), state)
    assert told(notices) == ([name] if name else [])
    assert notices.outbox() == []
    assert told(notices) == ([name] if name else [])


def test_changing_and_deleting_a_task_is_told_under_the_name_it_had(
    notices: Notices, alice: Principal, project_id: str
) -> None:
    task = notices.task(alice, project_id, "old-name")
    definition = msgspec.convert({"arch": "x86-64", "steps": [shell_step()]}, Definition)
    notices.builds.update(alice, task.id, project_id, "new-name", definition)
    notices.builds.delete(alice, task.id)
    assert told(notices) == ["updateConfigJob", "deleteJob"]
    changed, deleted = notices.letters()
    assert changed.title == "Build task new-name has a new configuration"
    assert deleted.title == "Build task new-name was deleted"
    assert dict(deleted.facts)["By"] == "admin"
    assert (deleted.data["job_id"], deleted.data["operator"]) == (task.id, "admin")
    assert (changed.page, deleted.page) == (links.to_build_task(task.id), "")


def test_disabling_a_task_is_told_with_the_reason(
    notices: Notices, alice: Principal, project_id: str
) -> None:
    task = notices.task(alice, project_id)
    with notices.database.write() as session:
        stored = session.get_one(BuildTask, task.id)
        task_event(session, alice, stored, NoticeEvent.DISABLE, reason="broken\r\nsince Monday")
    assert told(notices) == ["forbiddenJob"]
    (message,) = notices.letters()
    assert message.title == "Build task shop was disabled"
    assert dict(message.facts)["Reason"] == "broken since Monday"


def test_what_is_refused_is_not_told(notices: Notices, alice: Principal, project_id: str) -> None:
    task = notices.task(alice, project_id)
    notices.task(alice, project_id, "taken")
    definition = msgspec.convert({"arch": "x86-64", "steps": [shell_step()]}, Definition)
    with pytest.raises(Exception, match="already has a build task"):
        notices.builds.update(alice, task.id, project_id, "taken", definition)
    assert notices.outbox() == []


def test_the_words_of_a_failed_build(notices: Notices, alice: Principal, project_id: str) -> None:
    task = notices.task(alice, project_id)
    values: dict[str, Any] = {
        "branch": "main",
        "commit_id": "0123456789abcdef",
        "reason": "step Shell failed",
        "started_at": 1_700_000_000_000,
        "finished_at": 1_700_000_065_400,
    }
    run = notices.build(alice, task, RunState.FAILURE, **values)
    told(notices)
    (message,) = notices.letters()
    assert message.title == "Build #1 of shop failed"
    assert message.facts == [
        ("Project", "workshop"),
        ("Started by", "admin"),
        ("Trigger", "MANUAL"),
        ("Branch", "main"),
        ("Commit", "0123456789ab"),
        ("Ended", "2023-11-15 06:14:25 Asia/Shanghai"),
        ("Duration", "1 min 5 s"),
        ("Reason", "step Shell failed"),
        ("Sent by", "Bottega"),
    ]
    expected = {
        "job_name": "shop",
        "build_no": 1,
        "record_id": run.id,
        "status": "FAILURE",
        "executor": "admin",
        "finish_time": 1_700_000_065_400,
    }
    assert expected.items() <= message.data.items()
    assert message.page == links.to_record(run.id)


def test_creator_executor_and_followers_are_told_once_each(
    notices: Notices, alice: Principal, project_id: str
) -> None:
    bea = add_user(notices.database, alice, "bea", "bea@example.com")
    cid = add_user(notices.database, alice, "cid", "cid@example.com")
    dan = add_user(notices.database, alice, "dan", "dan@example.com", enabled=False)
    eve = add_user(notices.database, alice, "eve")
    add_user(notices.database, alice, "nobody", "nobody@example.com")

    def followers(_: Session, tenant_id: str, task_ids: Collection[str]) -> dict[str, list[str]]:
        assert tenant_id == alice.tenant_id
        return {task_id: [cid.user_id, dan.user_id, eve.user_id, "gone"] for task_id in task_ids}

    notices.teller.followers += [followers, followers]
    notices.build(bea, notices.task(alice, project_id), RunState.FAILURE)
    told(notices)
    with_letters = {who.user_name: len(notices.letters(who.user_id)) for who in (alice, bea, cid, dan, eve)}
    assert with_letters == {"admin": 1, "bea": 1, "cid": 1, "dan": 0, "eve": 1}
    assert len(notices.letters()) == 4
    mails = [(row.channel, row.shown_target, row.event) for row in notices.deliveries()]
    assert sorted(mails) == [("MAIL", "bea@example.com", FAIL), ("MAIL", "cid@example.com", FAIL)]


def test_without_a_mail_server_no_mail_is_made(notices: Notices, alice: Principal, project_id: str) -> None:
    add_user(notices.database, alice, "bea", "bea@example.com")
    with notices.database.write() as session:
        session.execute(update(User).values(email="ada@example.com"))
    notices.build(alice, notices.task(alice, project_id), RunState.FAILURE)
    box = notices.service._secrets
    FanOut(notices.database, box, {BUILD: notices.teller}, with_mail=False).work()
    assert notices.deliveries() == []
    assert len(notices.letters()) == 1


def test_each_channel_tells_what_it_was_set_to(notices: Notices, alice: Principal, project_id: str) -> None:
    task = notices.task(alice, project_id)
    notices.set(alice, task, "MESSAGE", "buildJobSuccess")
    notices.set(alice, task, "WEBHOOK", FAIL, param_config="http://127.0.0.1:1/a/secret-0123")
    notices.set(alice, task, "FEISHU", "buildJobSuccess", param_config="http://127.0.0.1:1/b/secret-0123")
    notices.set(alice, task, "WECOM", "deleteJob", param_config="http://127.0.0.1:1/c?key=secret-0123")
    notices.build(alice, task, RunState.FAILURE)
    notices.build(alice, task, RunState.SUCCESS)
    assert told(notices) == ["buildJobSuccess"]
    made = [(row.channel, row.event, row.shown_target, row.origin) for row in notices.deliveries()]
    assert sorted(made) == [
        ("FEISHU", "buildJobSuccess", "http://127.0.0.1:1/b/******", task.id),
        ("WEBHOOK", FAIL, "http://127.0.0.1:1/a/******", task.id),
    ]


def test_tenants_hear_of_their_own_tasks_only(
    notices: Notices, alice: Principal, bob: Principal, project_id: str
) -> None:
    mine = notices.task(alice, project_id)
    theirs = notices.task(bob, seed_project(notices.database, bob), "theirs")
    notices.build(alice, mine, RunState.FAILURE)
    notices.build(bob, theirs, RunState.SUCCESS)
    told(notices)
    assert [message.title for message in notices.letters(alice.user_id)] == ["Build #1 of shop failed"]
    assert [message.title for message in notices.letters(bob.user_id)] == ["Build #1 of theirs succeeded"]
    assert notices.inbox.page(bob, offset=0, limit=10)[0].message.data["job_name"] == "theirs"
    assert notices.service.log(alice, mine.id, offset=0, limit=10) == []


def test_a_run_costs_one_statement_and_no_more(notices: Notices, alice: Principal, project_id: str) -> None:
    task = notices.task(alice, project_id)
    run = notices.builds.execute(alice, task.id, RunChoices())
    one = EndedRun(
        run_id=run.id, kind="build", tenant_id=alice.tenant_id, task_id=task.id, state=RunState.SUCCESS
    )
    statements: list[str] = []
    with notices.database.write() as session:

        def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            statements.append(statement)

        engine = session.connection().engine
        event.listen(engine, "before_cursor_execute", count)
        runs_ended(session, [one, one, one])
        runs_ended(session, [msgspec.structs.replace(one, state=RunState.ABORTED)])
        runs_ended(session, [msgspec.structs.replace(one, kind="check")])
        session.flush()
        event.remove(engine, "before_cursor_execute", count)
    assert [statement.partition(" (")[0] for statement in statements] == ["INSERT INTO notice_outbox"]
    assert len(notices.outbox()) == 3


def test_a_failed_transaction_tells_nothing(notices: Notices, alice: Principal, project_id: str) -> None:
    task = notices.task(alice, project_id)

    def change_one_s_mind() -> None:
        with notices.database.write() as session:
            task_event(session, alice, task, NoticeEvent.DELETE)
            raise LookupError

    with pytest.raises(LookupError):
        change_one_s_mind()
    assert notices.outbox() == []


def test_an_event_that_cannot_be_told_is_dropped_and_holds_up_no_other(
    notices: Notices, alice: Principal, project_id: str
) -> None:
    task = notices.task(alice, project_id)
    notices.build(alice, task, RunState.FAILURE)
    notices.build(alice, task, RunState.SUCCESS)
    with notices.database.write() as session:
        broken = update(NoticeOutbox).where(NoticeOutbox.event == FAIL)
        session.execute(broken.values(event="nonsense"))
    assert told(notices) == ["buildJobSuccess"]
    assert notices.outbox() == []


def test_what_has_gone_for_good_is_not_told(notices: Notices, alice: Principal, project_id: str) -> None:
    notices.build(alice, notices.task(alice, project_id), RunState.FAILURE)
    with notices.database.write() as session:
        for task in session.scalars(select(BuildTask)):
            session.delete(task)
    assert told(notices) == []
    assert notices.outbox() == []


def test_many_events_are_taken_up_in_batches(notices: Notices, alice: Principal, project_id: str) -> None:
    task = notices.task(alice, project_id)
    for _ in range(3):
        with notices.database.write() as session:
            for _ in range(50):
                task_event(session, alice, task, NoticeEvent.UPDATE)
    assert (notices.fan_out.work(), notices.fan_out.work(), notices.fan_out.work()) == (100, 50, 0)
    assert len(notices.letters()) == 150


def test_a_failed_build_reaches_a_webhook_and_its_log(
    notices: Notices, alice: Principal, project_id: str
) -> None:
    task = notices.task(alice, project_id)
    with http_sink() as sink:
        sink.replies = [Reply(500, b"oops")]
        notices.set(alice, task, "WEBHOOK", FAIL, param_config=sink.url("/hooks/secret-0123"))
        notices.build(alice, task, RunState.FAILURE)
        notices.dispatcher.run_once()
    (request,) = sink.received
    assert (request.json["event"], request.json["title"]) == (FAIL, "Build #1 of shop failed")
    (entry,) = notices.service.log(alice, task.id, offset=0, limit=10)
    assert (entry.delivery.channel, entry.delivery.state) == (Channel.WEBHOOK, DeliveryState.PENDING)
    assert entry.delivery.id == request.json["id"]
    (tried,) = entry.tries
    assert tried.status == 500
    assert tried.error == "127.0.0.1 answered 500: oops"
