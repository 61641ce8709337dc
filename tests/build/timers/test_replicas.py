"""Several replicas look at the same timers, and each time is fired once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import func, select

from bottega.app import git_rules
from bottega.build.service import BuildService
from bottega.build.timers.planning import JITTER_MS
from bottega.build.timers.service import TimerService
from bottega.build.timers.stopping import MAX_FAILURES
from bottega.build.timers.tables import TaskTimer
from bottega.iam.principal import Principal
from bottega.runs.tables import Run
from bottega.settings import Settings
from bottega.store.database import Database
from tests.build.conftest import make_service
from tests.build.harness import end_run
from tests.build.timers.conftest import HOUR_MS, HOURLY, Clock, timed

TASKS = 4
ROUNDS = 3


@pytest.fixture
def replicas(
    builds: BuildService, settings: Settings, tmp_path: Path, clock: Clock
) -> Iterator[list[TimerService]]:
    """Two that share nothing but the database."""
    second = Database(builds.database.url.render_as_string(hide_password=False))
    both = [
        TimerService(service, git_rules(settings), clock)
        for service in (builds, make_service(second, settings, tmp_path))
    ]
    yield both
    for replica in both:
        replica.close()
    second.close()


def scan_at_once(replicas: list[TimerService]) -> None:
    together = Barrier(len(replicas))

    def scan(replica: TimerService) -> None:
        together.wait()
        replica.scan()

    with ThreadPoolExecutor(len(replicas)) as pool:
        list(pool.map(scan, replicas))


def test_each_time_is_fired_by_one_of_them(
    builds: BuildService, replicas: list[TimerService], clock: Clock, alice: Principal, project_id: str
) -> None:
    ids = [builds.create(alice, project_id, f"task-{n}", timed(HOURLY)).id for n in range(TASKS)]
    for done in range(1, ROUNDS + 1):
        with builds.database.read() as session:
            first = session.scalar(select(func.min(TaskTimer.next_at)))
        assert first is not None
        clock.now = first + JITTER_MS
        scan_at_once(replicas)
        with builds.database.read() as session:
            query = select(Run.task_id, func.count(), func.max(Run.number)).group_by(Run.task_id)
            counts = {task_id: (count, newest) for task_id, count, newest in session.execute(query)}
            runs = session.scalars(select(Run.id).where(Run.finished_at.is_(None))).all()
        assert counts == dict.fromkeys(ids, (done, done))
        for run_id in runs:
            end_run(builds.database, run_id, "SUCCESS")


def test_a_failed_run_is_counted_by_one_of_them(
    builds: BuildService, replicas: list[TimerService], clock: Clock, alice: Principal, project_id: str
) -> None:
    task_id = builds.create(alice, project_id, "task", timed(HOURLY)).id
    for done in range(1, MAX_FAILURES + 1):
        with builds.database.read() as session:
            clock.now = session.get_one(TaskTimer, task_id).due_at or 0
        replicas[done % 2].scan()
        with builds.database.read() as session:
            run_id = session.get_one(TaskTimer, task_id).run_id
        assert run_id is not None
        end_run(builds.database, run_id, "FAILURE")
        scan_at_once(replicas)
        with builds.database.read() as session:
            assert session.get_one(TaskTimer, task_id).failures == done


def test_a_replica_whose_clock_is_behind_does_not_fire_a_time_again(
    builds: BuildService, replicas: list[TimerService], clock: Clock, alice: Principal, project_id: str
) -> None:
    task_id = builds.create(alice, project_id, "task", timed(HOURLY)).id
    with builds.database.read() as session:
        timer = session.get_one(TaskTimer, task_id)
    assert timer.next_at is not None
    clock.now = timer.due_at or 0
    replicas[0].scan()
    clock.now -= 3 * JITTER_MS
    replicas[1].scan()
    with builds.database.read() as session:
        assert session.get_one(TaskTimer, task_id).next_at == timer.next_at + HOUR_MS
        assert session.scalar(select(func.count()).select_from(Run)) == 1
