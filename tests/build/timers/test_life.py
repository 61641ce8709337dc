"""What becomes of a timer when something is done to its task."""

from pathlib import Path

import pytest

from bottega.build.recycling.purging import Purge
from bottega.build.recycling.service import RecycleBin
from bottega.build.service import BuildService
from bottega.build.task_states import TaskStates
from bottega.build.timers.stopping import MAX_FAILURES
from bottega.build.timers.tables import TaskTimer
from bottega.errors import Invalid
from bottega.iam.principal import Principal
from bottega.metrics import TimerCollector
from bottega.projects.service import ProjectService
from tests.build.harness import end_run
from tests.build.timers.conftest import DAILY, HOURLY, Watched, timed


def timer_of(builds: BuildService, task_id: str) -> TaskTimer | None:
    with builds.database.read() as session:
        return session.get(TaskTimer, task_id)


def recycle_bin(builds: BuildService) -> RecycleBin:
    return RecycleBin(builds.database, Purge(builds.database, lambda _tenant, _run: None))


def test_tasks_without_timers_have_no_row(builds: BuildService, alice: Principal, project_id: str) -> None:
    task = builds.create(alice, project_id, "plain", timed())
    assert timer_of(builds, task.id) is None


def test_timers_that_are_taken_away_or_changed_are_planned_anew(
    task: Watched, alice: Principal, project_id: str
) -> None:
    task.builds.update(alice, task.id, project_id, "task", timed())
    assert task.timer.due_at is None
    task.builds.update(alice, task.id, project_id, "task", timed(DAILY))
    next_at = task.timer.next_at
    assert next_at is not None
    assert next_at % (24 * 3600 * 1000) == 3 * 3600 * 1000


def test_a_clone_has_timers_of_its_own(task: Watched, alice: Principal, project_id: str) -> None:
    clone = task.builds.copy(alice, task.id, project_id, "clone", timed(HOURLY))
    task.builds.delete(alice, task.id)
    other = Watched(task.builds, task.timers, task.clock, clone.id)
    assert other.when_due() == 1
    assert len(task.runs) == 0


def test_a_disabled_task_is_not_due_and_an_enabled_one_is_again(task: Watched, alice: Principal) -> None:
    states = TaskStates(task.builds.database)
    states.disable(alice, task.id)
    assert (task.timer.next_at, task.timer.due_at) == (None, None)
    states.enable(alice, task.id)
    assert task.when_due() == 1


def test_saving_a_disabled_task_does_not_make_it_due(
    task: Watched, alice: Principal, project_id: str
) -> None:
    states = TaskStates(task.builds.database)
    states.disable(alice, task.id)
    task.builds.update(alice, task.id, project_id, "task", timed(DAILY))
    assert task.timer.due_at is None
    states.enable(alice, task.id)
    assert task.timer.due_at is not None


def test_a_deleted_task_is_not_due_a_restored_one_is_and_a_purged_one_leaves_nothing(
    task: Watched, alice: Principal
) -> None:
    bin_ = recycle_bin(task.builds)
    task.builds.delete(alice, task.id)
    assert task.timer.due_at is None
    bin_.restore(alice, [task.id])
    assert task.when_due() == 1
    end_run(task.builds.database, task.runs[0].id, "SUCCESS")
    task.builds.delete(alice, task.id)
    bin_.delete(alice, [task.id])
    assert timer_of(task.builds, task.id) is None


def test_a_task_that_was_disabled_and_deleted_is_not_due_when_it_is_restored(
    task: Watched, alice: Principal
) -> None:
    states = TaskStates(task.builds.database)
    states.disable(alice, task.id)
    task.builds.delete(alice, task.id)
    recycle_bin(task.builds).restore(alice, [task.id])
    assert task.timer.due_at is None
    states.enable(alice, task.id)
    assert task.timer.due_at is not None


def test_with_its_project_a_task_stops_to_be_due(task: Watched, alice: Principal, project_id: str) -> None:
    projects = ProjectService(task.builds.database)
    projects.on_delete.append(task.builds.forget_project)
    projects.delete(alice, project_id)
    assert task.timer.due_at is None


def test_a_stopped_timer_stays_stopped_when_the_task_is_enabled_or_restored(
    task: Watched, alice: Principal, project_id: str
) -> None:
    for _ in range(MAX_FAILURES):
        task.when_due()
        task.end("FAILURE")
    task.scan()
    assert task.timer.stopped_at is not None
    states = TaskStates(task.builds.database)
    states.disable(alice, task.id)
    states.enable(alice, task.id)
    task.builds.delete(alice, task.id)
    recycle_bin(task.builds).restore(alice, [task.id])
    assert (task.timer.due_at, task.timer.failures) == (None, MAX_FAILURES)


def test_a_task_that_is_refused_or_rolled_back_changes_no_timer(
    task: Watched, alice: Principal, project_id: str
) -> None:
    before = task.timer.due_at
    task.builds.create(alice, project_id, "taken", timed())
    with pytest.raises(Invalid, match="taken"):
        task.builds.update(alice, task.id, project_id, "taken", timed(DAILY))
    assert task.timer.due_at == before


def test_a_timer_that_was_saved_before_there_were_any_is_planned_and_not_fired(
    task: Watched, tmp_path: Path
) -> None:
    with task.builds.database.write() as session:
        row = session.get_one(TaskTimer, task.id)
        row.next_at, row.due_at = None, 0
    assert task.scan() == 0
    assert task.timer.next_at is not None
    assert task.timer.next_at > task.clock.now
    assert task.when_due() == 1


def test_metrics_count_timers_that_wait_and_those_that_were_stopped(
    task: Watched, alice: Principal, project_id: str
) -> None:
    task.builds.create(alice, project_id, "other", timed(DAILY))
    with task.builds.database.write() as session:
        row = session.get_one(TaskTimer, task.id)
        row.next_at = row.due_at = None
        row.stopped_at = 1
    [family] = TimerCollector(task.builds.database).collect()
    assert {sample.labels["state"]: sample.value for sample in family.samples} == {"waiting": 1, "stopped": 1}
