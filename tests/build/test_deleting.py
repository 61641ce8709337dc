"""Deleting a task, or the project around it: nothing of it can be reached any more, and none of its builds goes on."""

import asyncio
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from bottega.audit.events import AuditName
from bottega.audit.tables import AuditEvent
from bottega.build.compile import RunChoices
from bottega.build.definition import Definition
from bottega.build.groups.service import GroupService
from bottega.build.groups.tables import BuildGroup
from bottega.build.listing import TaskFilter
from bottega.build.notices.events import NoticeEvent
from bottega.build.recycling.purging import Purge
from bottega.build.recycling.service import RecycleBin
from bottega.build.service import BuildService
from bottega.build.tables import BuildTask
from bottega.errors import Forbidden, NotFound
from bottega.iam.principal import Principal
from bottega.notify.tables import NoticeOutbox
from bottega.projects.members import MemberService
from bottega.projects.roles import TESTER
from bottega.projects.service import ProjectService
from bottega.projects.tables import ProjectMember
from bottega.runs.queries import RunFilter
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from tests.build.harness import end_run, shell_step
from tests.build.permissions.people import LOOKER, colleague
from tests.support.databases import seed_project

NO_CHOICES = RunChoices()


def definition() -> Definition:
    return msgspec.convert({"arch": "x86-64", "steps": [shell_step()]}, Definition)


@pytest.fixture
def projects(builds: BuildService) -> ProjectService:
    """Wired as by the composition root."""
    service = ProjectService(builds.database)
    service.on_delete.append(builds.forget_project)
    return service


@pytest.fixture
def task(builds: BuildService, alice: Principal, project_id: str) -> BuildTask:
    return builds.create(alice, project_id, "task", definition())


@pytest.fixture
def told(builds: BuildService) -> list[str]:
    """Runs that agents are told to stop."""
    told: list[str] = []
    builds.runs.hints.stop = lambda _agent_id, run_id: told.append(run_id)
    return told


def one_of_each(builds: BuildService, caller: Principal, task: BuildTask) -> list[Run]:
    """A build that has ended, one that runs and one that waits."""
    ended, running, queued = (builds.execute(caller, task.id, NO_CHOICES) for _ in range(3))
    end_run(builds.database, ended.id, "SUCCESS")
    end_run(builds.database, running.id, "RUNNING", finished_at=None, agent_id="f" * 32, attempt=1)
    return [ended, running, queued]


def rows(builds: BuildService, runs: list[Run]) -> list[Run]:
    with builds.database.read() as session:
        return [session.get_one(Run, run.id) for run in runs]


def assert_gone(builds: BuildService, caller: Principal, task: BuildTask, run: Run) -> None:
    """No operation knows the task any more."""
    where = RunFilter(tenant_id=caller.tenant_id, task_id=task.id)
    project = task.build_project_id
    calls: list[Any] = [
        lambda: builds.execute(caller, task.id, NO_CHOICES),
        lambda: builds.update(caller, task.id, task.project_id, "task", definition()),
        lambda: builds.stop(caller, task.id, None),
        lambda: builds.delete(caller, task.id),
        lambda: builds.reader.task(caller, task.id),
        lambda: builds.reader.record(caller, run.id),
        lambda: builds.reader.record_of_task(caller, task.id, run.number),
        lambda: builds.reader.history(caller, task.id, where, offset=0, limit=1),
        lambda: builds.reader.history_of_build_project(caller, project, where, offset=0, limit=1),
        lambda: builds.reader.require_history(caller, task.id),
        lambda: asyncio.run(builds.status.newest(caller, task.id)),
        lambda: asyncio.run(builds.status.build(caller, task.id, run.number)),
        lambda: asyncio.run(builds.status.task(caller, task.id)),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            call()
    everything = TaskFilter(tenant_id=caller.tenant_id)
    listed, total = builds.reader.tasks(caller, everything, offset=0, limit=100)
    assert total == len(listed)
    assert task.id not in {view.task.id for view in listed}


def test_deleting_a_task_stops_its_builds(
    builds: BuildService, alice: Principal, task: BuildTask, told: list[str]
) -> None:
    runs = one_of_each(builds, alice, task)
    builds.delete(alice, task.id)
    ended, running, queued = rows(builds, runs)
    assert [ended.state, running.state, queued.state] == [
        RunState.SUCCESS,
        RunState.STOPPING,
        RunState.ABORTED,
    ]
    assert ended.reason == ""
    assert running.reason == queued.reason == f"stopped by {alice.user_name}"
    assert (running.finished_at, running.log_sealed) == (None, False)
    assert queued.finished_at is not None
    assert queued.log_sealed
    assert told == [running.id]
    assert_gone(builds, alice, task, runs[0])


def test_a_task_and_its_builds_are_deleted_in_one_transaction(
    builds: BuildService, alice: Principal, task: BuildTask
) -> None:
    one_of_each(builds, alice, task)
    before = builds.database.write_transactions
    builds.delete(alice, task.id)
    assert builds.database.write_transactions == before + 1


def test_the_log_of_an_earlier_attempt_is_kept_when_the_next_one_never_begins(
    builds: BuildService, alice: Principal, task: BuildTask
) -> None:
    waiting = [builds.execute(alice, task.id, NO_CHOICES) for _ in range(2)]
    for run in waiting:
        end_run(builds.database, run.id, "QUEUED", started_at=None, finished_at=None, attempt=1)
    builds.stop(alice, task.id, 1)
    builds.delete(alice, task.id)
    assert [(run.state, run.log_sealed) for run in rows(builds, waiting)] == [(RunState.ABORTED, False)] * 2


def test_deleting_a_project_deletes_its_tasks_and_stops_their_builds(
    builds: BuildService, projects: ProjectService, alice: Principal, task: BuildTask, told: list[str]
) -> None:
    elsewhere = builds.create(alice, seed_project(builds.database, alice, "other"), "task", definition())
    runs = one_of_each(builds, alice, task)
    others = one_of_each(builds, alice, elsewhere)
    projects.delete(alice, task.project_id)
    states = [run.state for run in rows(builds, runs)]
    assert states == [RunState.SUCCESS, RunState.STOPPING, RunState.ABORTED]
    assert told == [runs[1].id]
    assert_gone(builds, alice, task, runs[0])
    assert [run.state for run in rows(builds, others)] == ["SUCCESS", "RUNNING", "QUEUED"]
    assert builds.reader.task(alice, elsewhere.id).deleted_at is None


def test_a_deleted_project_takes_its_groups_along_and_tells_of_each_task(
    builds: BuildService, projects: ProjectService, alice: Principal, task: BuildTask
) -> None:
    groups = GroupService(builds.database, builds.zone)
    elsewhere = seed_project(builds.database, alice, "other")
    for project_id in (task.project_id, elsewhere):
        outer = groups.create(alice, project_id, "outer")
        groups.create(alice, project_id, "inner", outer.group.id)
    second = builds.create(alice, task.project_id, "second", definition())
    gone = builds.create(alice, task.project_id, "gone-before", definition())
    builds.delete(alice, gone.id)
    projects.delete(alice, task.project_id)
    with builds.database.read() as session:
        assert set(session.scalars(select(BuildGroup.project_id))) == {elsewhere}
        noted = select(NoticeOutbox.task_id).where(NoticeOutbox.event == NoticeEvent.DELETE)
        assert sorted(session.scalars(noted)) == sorted([task.id, second.id, gone.id])
        audited = select(AuditEvent.resource_id).where(AuditEvent.name == AuditName.DELETE_JOB)
        assert sorted(session.scalars(audited)) == sorted([task.id, second.id, gone.id])


def test_the_members_of_a_deleted_project_go_with_the_last_task_of_its_bin(
    builds: BuildService, projects: ProjectService, alice: Principal, task: BuildTask
) -> None:
    members = MemberService(builds.database)
    worker = colleague(builds.database, alice, "worker")
    members.add(alice, task.project_id, [(worker.user_id, TESTER)])
    empty = seed_project(builds.database, alice, "empty")
    members.add(alice, empty, [(worker.user_id, TESTER)])
    bin_ = RecycleBin(builds.database, Purge(builds.database, lambda *_: None))

    def named_in() -> set[str]:
        with builds.database.read() as session:
            return set(session.scalars(select(ProjectMember.project_id)))

    projects.delete(alice, empty)
    projects.delete(alice, task.project_id)
    assert named_in() == {task.project_id}
    # A tester, whatever the rights in the tenant: also when the project is gone.
    with pytest.raises(Forbidden):
        bin_.delete(worker, [task.id])
    bin_.delete(alice, [task.id])
    assert named_in() == set()


def test_a_project_that_may_not_be_deleted_keeps_everything(
    builds: BuildService, projects: ProjectService, alice: Principal, bob: Principal, task: BuildTask
) -> None:
    runs = one_of_each(builds, alice, task)
    looking = colleague(builds.database, alice, "looking", LOOKER)
    for caller, refusal in ((bob, NotFound), (looking, Forbidden)):
        with pytest.raises(refusal):
            projects.delete(caller, task.project_id)
    assert builds.reader.task(alice, task.id).deleted_at is None
    assert [run.state for run in rows(builds, runs)] == ["SUCCESS", "RUNNING", "QUEUED"]


def test_agents_are_told_nothing_when_the_deletion_fails(
    builds: BuildService, projects: ProjectService, alice: Principal, task: BuildTask, told: list[str]
) -> None:
    def refuse(*_: Any) -> None:
        raise RuntimeError("a later hook failed")

    projects.on_delete.append(refuse)
    runs = one_of_each(builds, alice, task)
    with pytest.raises(RuntimeError):
        projects.delete(alice, task.project_id)
    assert told == []
    assert [run.state for run in rows(builds, runs)] == ["SUCCESS", "RUNNING", "QUEUED"]


def test_no_task_can_be_created_in_a_deleted_project(
    builds: BuildService, projects: ProjectService, alice: Principal, project_id: str
) -> None:
    projects.delete(alice, project_id)
    with pytest.raises(NotFound):
        builds.create(alice, project_id, "late", definition())
