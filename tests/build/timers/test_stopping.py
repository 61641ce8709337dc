"""Timers that only fail, or whose user may not run the task any more, are stopped where everybody can see it."""

import pytest
from sqlalchemy import delete, select, update

from bottega import links
from bottega.audit.events import AuditName
from bottega.audit.tables import AuditEvent
from bottega.build.compile import RunChoices
from bottega.build.timers.stopping import MAX_FAILURES
from bottega.iam.principal import Principal, Right
from bottega.iam.tables import Group, GroupMember, User
from bottega.ids import new_hex
from bottega.notify.inbox import Inbox
from bottega.store.database import Database
from tests.build.timers.conftest import HOURLY, Watched, timed


def stops(database: Database) -> list[tuple[str, str]]:
    with database.read() as session:
        query = select(AuditEvent.user_name, AuditEvent.detail)
        rows = session.execute(query.where(AuditEvent.name == AuditName.STOP_TIMER))
        return [(row.user_name, row.detail) for row in rows]


def fail(task: Watched, times: int, state: str = "FAILURE") -> None:
    for _ in range(times):
        before = len(task.runs)
        assert task.when_due() == before + 1
        task.end(state)
    task.scan()


def test_ten_failures_in_a_row_stop_a_timer_until_the_task_is_saved(
    task: Watched, alice: Principal, project_id: str
) -> None:
    fail(task, MAX_FAILURES)
    stopped = task.timer
    assert (stopped.next_at, stopped.due_at, stopped.failures) == (None, None, 10)
    reason = "10 timer runs in a row failed; save the task to start its timers again"
    assert stopped.stopped_reason == reason
    assert stops(task.builds.database) == [(alice.user_name, reason)]
    [letter] = Inbox(task.builds.database).page(alice, offset=0, limit=10)
    assert letter.message.title == "The timers of task were stopped"
    assert ("Reason", reason) in letter.message.facts
    assert letter.message.page == links.to_build_task(task.id)
    # The task itself stays enabled.
    task.builds.execute(alice, task.id, RunChoices())
    task.builds.update(alice, task.id, project_id, "task", timed(HOURLY))
    assert (task.timer.stopped_at, task.timer.failures) == (None, 0)
    assert task.when_due() == MAX_FAILURES + 2


@pytest.mark.parametrize("state", ["TIMEOUT", "LOST", "SCHEDULE_FAILURE"])
def test_every_end_but_success_and_abortion_is_a_failure(task: Watched, state: str) -> None:
    fail(task, 1, state)
    assert task.timer.failures == 1


def test_a_success_begins_the_count_anew_and_an_abortion_says_nothing(task: Watched) -> None:
    fail(task, 3)
    assert task.timer.failures == 3
    fail(task, 1, "ABORTED")
    assert task.timer.failures == 3
    fail(task, 1, "SUCCESS")
    assert task.timer.failures == 0


def test_failures_of_builds_that_somebody_started_do_not_count(task: Watched, alice: Principal) -> None:
    task.builds.execute(alice, task.id, RunChoices())
    task.end("FAILURE")
    task.scan()
    assert task.timer.failures == 0


def member(database: Database, tenant_id: str, name: str, *rights: Right) -> Principal:
    """A user of the tenant in a group of their own."""
    user_id, group_id = new_hex(), new_hex()
    with database.write() as session:
        session.add(
            User(id=user_id, tenant_id=tenant_id, number=7, name=name, password_hash="", created_at=1)
        )
        session.add(Group(id=group_id, tenant_id=tenant_id, name=name, rights=list(rights)))
        session.flush()
        session.add(GroupMember(user_id=user_id, group_id=group_id))
    return Principal(
        tenant_id=tenant_id,
        tenant_name="first",
        user_id=user_id,
        user_name=name,
        iam_project_id="",
        rights=frozenset(rights),
    )


def test_a_timer_fires_as_the_user_who_saved_the_task_last(
    task: Watched, alice: Principal, project_id: str
) -> None:
    rights = (Right.VIEW, Right.MODIFY, Right.EXECUTE)
    dora = member(task.builds.database, alice.tenant_id, "dora", *rights)
    task.builds.update(dora, task.id, project_id, "task", timed(HOURLY))
    task.when_due()
    assert (task.runs[0].user_id, task.runs[0].user_name) == (dora.user_id, "dora")


@pytest.mark.parametrize("how", ["disabled", "without groups", "without the right"])
def test_a_user_who_may_not_run_the_task_any_more_stops_the_timer(
    task: Watched, alice: Principal, project_id: str, how: str
) -> None:
    database = task.builds.database
    dora = member(database, alice.tenant_id, "dora", Right.VIEW, Right.MODIFY, Right.EXECUTE)
    task.builds.update(dora, task.id, project_id, "task", timed(HOURLY))
    with database.write() as session:
        if how == "disabled":
            session.execute(update(User).where(User.id == dora.user_id).values(enabled=False))
        elif how == "without groups":
            session.execute(delete(GroupMember).where(GroupMember.user_id == dora.user_id))
        else:
            changed = (
                update(Group).where(Group.name == "dora").values(rights=["view", "modify", "unheard-of"])
            )
            session.execute(changed)
    assert task.when_due() == 0
    reason = "the user dora is disabled" if how == "disabled" else "user dora may not execute the build task"
    assert task.timer.stopped_reason.startswith(reason)
    assert [who for who, _ in stops(database)] == ["dora"]
    # Its creator is told as well.
    assert Inbox(database).unread(alice) == 1
    task.builds.update(alice, task.id, project_id, "task", timed(HOURLY))
    assert task.when_due() == 1


def test_a_build_that_is_refused_counts_as_a_failure(
    task: Watched, alice: Principal, project_id: str
) -> None:
    # Whether the parameter exists is known when a run is made.
    definition = timed(HOURLY, url="https://example.com/${NOWHERE}.git")
    task.builds.update(alice, task.id, project_id, "task", definition)
    for _ in range(MAX_FAILURES):
        assert task.when_due() == 0
    assert task.timer.stopped_at == task.clock.now
    assert "${NOWHERE} names no public parameter" in task.timer.stopped_reason
