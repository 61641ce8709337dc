"""Timers start builds when their time has come, once, and say why when they do not."""

import socket
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bottega.build.compile import RunChoices
from bottega.build.service import BuildService
from bottega.build.timers import due
from bottega.build.timers.planning import JITTER_MS
from bottega.build.timers.service import GRACE_MS, TimerService
from bottega.build.timers.tables import TaskTimer
from bottega.iam.principal import Principal
from bottega.runs import queries
from bottega.runs.tables import TenantLimit
from tests.build.harness import end_run
from tests.build.permissions.people import colleague
from tests.build.timers.conftest import DAILY, HOUR_MS, HOURLY, Clock, Watched, timed
from tests.support.processes import processes_with
from tests.support.repositories import Repository
from tests.support.waiting import eventually


def test_a_task_is_run_when_its_time_has_come_and_not_before(task: Watched, alice: Principal) -> None:
    first = task.timer
    assert first.next_at is not None
    assert first.due_at is not None
    assert first.next_at % HOUR_MS == 0
    assert 0 <= first.due_at - first.next_at <= JITTER_MS
    assert task.when_due(-1) == 0
    assert task.when_due() == 1
    run = task.runs[0]
    assert (run.trigger, run.user_name, run.state) == ("TIMER", alice.user_name, "QUEUED")
    assert (task.timer.next_at, task.timer.run_id) == (first.next_at + HOUR_MS, run.id)
    assert task.scan() == 1


def test_a_timer_that_somebody_else_saved_meanwhile_is_not_fired_in_the_name_of_before(
    task: Watched, alice: Principal, project_id: str
) -> None:
    database, due_at = task.builds.database, task.timer.due_at
    with database.read() as session:
        (read,) = due.read_due(session, due_at or 0)
    saver = colleague(database, alice, "saver")
    task.builds.update(saver, task.id, project_id, "task", timed(HOURLY))
    assert (task.timer.user_id, task.timer.due_at) == (saver.user_id, due_at)
    with database.write() as session:
        assert not due.move_on(session, read, None)
    assert task.timer.due_at == due_at


def test_agents_are_told_of_a_timer_run(task: Watched) -> None:
    told: list[str] = []
    task.builds.runs.hints.work = lambda pool, _arch: told.append(pool)
    task.when_due()
    assert told == ["default"]


def test_two_timers_of_the_same_minute_start_one_build(
    task: Watched, alice: Principal, project_id: str
) -> None:
    task.builds.update(alice, task.id, project_id, "task", timed(HOURLY, "0 */2 * * *", "0 * * * 0-6"))
    assert task.when_due() == 1
    assert task.scan() == 1


def test_a_build_that_has_not_finished_is_not_followed_by_another(task: Watched) -> None:
    task.when_due()
    with capture_logs() as said:
        assert task.when_due() == 1
    assert [entry["event"] for entry in said] == ["a timer was not fired: its build 1 has not finished"]
    task.end()
    assert task.when_due() == 2


def test_a_build_that_somebody_started_by_hand_is_not_in_the_way(task: Watched, alice: Principal) -> None:
    task.builds.execute(alice, task.id, RunChoices())
    assert task.when_due() == 2


def test_missed_times_are_made_up_for_once(task: Watched) -> None:
    # Five hourly times have passed; the last of them a moment ago.
    assert task.when_due(5 * HOUR_MS) == 1
    next_at = task.timer.next_at
    assert next_at is not None
    assert task.clock.now < next_at <= task.clock.now + HOUR_MS
    assert task.scan() == 1


def test_a_time_missed_too_long_ago_is_given_up(task: Watched, alice: Principal, project_id: str) -> None:
    task.builds.update(alice, task.id, project_id, "task", timed(DAILY))
    missed = task.timer.next_at
    assert missed is not None
    with capture_logs() as said:
        assert task.when_due(GRACE_MS) == 0
    assert [entry["event"] for entry in said] == [
        "a timer was not fired: its time passed while no server ran"
    ]
    assert task.timer.next_at == missed + 24 * HOUR_MS
    assert task.when_due(GRACE_MS - JITTER_MS - 1) == 1


@pytest.mark.parametrize("why", ["full", "low"])
def test_what_cannot_be_queued_waits_for_its_next_time(task: Watched, alice: Principal, why: str) -> None:
    if why == "low":
        task.builds.runs.refusal = lambda: "the disk is low"
    else:
        with task.builds.database.write() as session:
            session.add(TenantLimit(tenant_id=alice.tenant_id, concurrency=1, queue=0))
    before = task.timer.next_at
    assert before is not None
    with capture_logs() as said:
        assert task.when_due() == 0
    assert [entry["event"] for entry in said] == ["a timer was not fired and waits for its next time"]
    assert why in said[0]["reason"]
    assert (task.timer.next_at, task.timer.failures) == (before + HOUR_MS, 0)
    task.builds.runs.refusal = lambda: ""
    with task.builds.database.write() as session:
        session.merge(TenantLimit(tenant_id=alice.tenant_id, concurrency=1, queue=5))
    assert task.when_due() == 1


def test_a_timer_without_any_time_ahead_is_never_due(
    task: Watched, alice: Principal, project_id: str
) -> None:
    task.builds.update(alice, task.id, project_id, "task", timed("0 0 31 2 *"))
    assert (task.timer.next_at, task.timer.due_at) == (None, None)


def test_one_timer_that_breaks_does_not_hold_up_others(
    task: Watched, alice: Principal, project_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = task.builds.create(alice, project_id, "other", timed(HOURLY))
    healthy = Watched(task.builds, task.timers, task.clock, other.id)
    execute: Callable[..., Any] = BuildService.execute

    def breaks(service: BuildService, principal: Principal, task_id: str, *more: Any, **named: Any) -> Any:
        if task_id == task.id:
            raise RuntimeError("boom")
        return execute(service, principal, task_id, *more, **named)

    monkeypatch.setattr(BuildService, "execute", breaks)
    with capture_logs() as said:
        assert task.when_due(JITTER_MS) == 0
    assert len(healthy.runs) == 1
    assert [entry["event"] for entry in said] == ["a timer could not be fired"]
    assert task.scan() == 0


@pytest.fixture
def watchful(
    builds: BuildService,
    timers: TimerService,
    clock: Clock,
    alice: Principal,
    project_id: str,
    repository: Repository,
) -> Watched:
    """A task that is due every hour and builds new commits only."""
    definition = timed(HOURLY, url=repository.url, only_changes=True)
    return Watched(builds, timers, clock, builds.create(alice, project_id, "watchful", definition).id)


def test_only_new_commits_are_built_where_that_was_asked_for(
    watchful: Watched, repository: Repository
) -> None:
    assert watchful.when_due() == 1
    watchful.end(commit_id=repository.git("rev-parse", "HEAD"))
    with capture_logs() as said:
        assert watchful.when_due() == 1
    assert [entry["event"] for entry in said] == [
        "a timer was not fired: nothing was committed since the last build"
    ]
    repository.commit("second")
    assert watchful.when_due() == 2


def test_a_commit_that_was_built_by_hand_is_not_built_again(
    watchful: Watched, repository: Repository, alice: Principal
) -> None:
    run = watchful.builds.execute(alice, watchful.id, RunChoices())
    end_run(watchful.builds.database, run.id, "FAILURE", commit_id=repository.git("rev-parse", "HEAD"))
    assert watchful.when_due() == 1


def test_a_repository_that_cannot_be_asked_is_built_so_that_the_build_says_why(
    watchful: Watched, repository: Repository, alice: Principal, project_id: str
) -> None:
    assert watchful.when_due() == 1
    watchful.end(commit_id=repository.git("rev-parse", "HEAD"))
    repository.path.rename(repository.path.with_name("moved"))
    assert watchful.when_due() == 2


def test_what_is_due_is_taken_up_in_pieces(
    task: Watched, alice: Principal, project_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "BATCH", 1)
    other = task.builds.create(alice, project_id, "other", timed(HOURLY))
    both = [task, Watched(task.builds, task.timers, task.clock, other.id)]
    task.when_due(JITTER_MS)
    assert sum(len(one.runs) for one in both) == 1
    task.scan()
    assert [len(one.runs) for one in both] == [1, 1]


def test_a_repository_that_keeps_silent_does_not_hold_up_other_tasks(
    task: Watched, alice: Principal, project_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "BATCH", 1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/silent-timer.git"
        slow = task.builds.create(alice, project_id, "slow", timed(HOURLY, url=url, only_changes=True))
        run = task.builds.execute(alice, slow.id, RunChoices())
        end_run(task.builds.database, run.id, "SUCCESS", commit_id="0" * 40)
        due_at = task.timer.due_at
        assert due_at is not None
        task.clock.now = due_at + JITTER_MS
        # The first look finds the one or the other, the second finds the other.
        task.timers.scan()
        task.timers.scan()
        assert len(task.runs) == 1
        eventually(lambda: processes_with("silent-timer"))
        task.timers.close()
    # It was not told whether anything was committed: the time stays for the next server.
    with task.builds.database.read() as session:
        assert queries.latest_of(session, alice.tenant_id, [slow.id])[slow.id].number == 1
        assert (session.get_one(TaskTimer, slow.id).due_at or 0) <= task.clock.now


def test_a_database_that_is_in_the_way_costs_no_time(task: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: Any, **__: Any) -> Any:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    with monkeypatch.context() as patched:
        patched.setattr(BuildService, "execute", locked)
        with pytest.raises(OperationalError):
            task.when_due()
    assert task.scan() == 1
