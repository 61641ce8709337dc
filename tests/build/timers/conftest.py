"""A timer service whose clock the tests set."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from bottega.app import git_rules
from bottega.build.definition import Definition
from bottega.build.schedule import TIMER
from bottega.build.service import BuildService
from bottega.build.timers import planning
from bottega.build.timers.service import TimerService
from bottega.build.timers.tables import TaskTimer
from bottega.build.wire import CreateBuildJobScm, ParameterItem, Trigger
from bottega.iam.principal import Principal
from bottega.runs.tables import Run
from bottega.settings import Settings
from tests.build.harness import end_run

HOUR_MS = 3600 * 1000
DAILY, HOURLY, EVERY_MINUTE = "0 3 * * *", "0 * * * *", "* * * * *"


class Clock:
    """Tells what it was set to; at first the half of some hour."""

    def __init__(self) -> None:
        self.now = 1_777_977_000_000

    def __call__(self) -> int:
        return self.now


def trigger(spec: str, zone: str = "UTC") -> Trigger:
    items = [ParameterItem(name="spec", value=spec), ParameterItem(name="timeZoneId", value=zone)]
    return Trigger(name=TIMER, parameters=items)


def timed(*specs: str, url: str = "", only_changes: bool | None = None) -> Definition:
    """A task's configuration with timers."""
    return Definition(
        arch="x86-64",
        steps=[],
        triggers=[trigger(spec) for spec in specs],
        scms=[CreateBuildJobScm(url=url, branch="master")] if url else None,
        build_if_code_updated=only_changes,
    )


class Watched:
    """One task with timers, and the clock of the service that fires them."""

    def __init__(self, builds: BuildService, timers: TimerService, clock: Clock, task_id: str) -> None:
        self.builds = builds
        self.timers = timers
        self.clock = clock
        self.id = task_id

    @property
    def timer(self) -> TaskTimer:
        with self.builds.database.read() as session:
            return session.get_one(TaskTimer, self.id)

    @property
    def runs(self) -> list[Run]:
        """All runs of the task, the oldest first."""
        with self.builds.database.read() as session:
            query = select(Run).where(Run.task_id == self.id).order_by(Run.number)
            return list(session.scalars(query))

    def when_due(self, later_ms: int = 0) -> int:
        """Let it become as late as the task is due, or later, and scan; returns how many runs there are then."""
        due_at = self.timer.due_at
        assert due_at is not None
        self.clock.now = due_at + later_ms
        return self.scan()

    def scan(self) -> int:
        """Look once; returns how many runs there are then."""
        self.timers.scan()
        self.timers.wait()
        return len(self.runs)

    def end(self, state: str = "SUCCESS", **values: str) -> None:
        """Let the newest run come to its end."""
        end_run(self.builds.database, self.runs[-1].id, state, **values)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Of saving and of firing: no test may depend on the hour in which it runs."""
    clock = Clock()
    monkeypatch.setattr(planning, "epoch_ms", clock)
    return clock


@pytest.fixture
def timers(builds: BuildService, settings: Settings, clock: Clock) -> Iterator[TimerService]:
    service = TimerService(builds, git_rules(settings), clock)
    yield service
    service.close()


@pytest.fixture
def task(
    builds: BuildService, timers: TimerService, clock: Clock, alice: Principal, project_id: str
) -> Watched:
    """A task that is due every hour."""
    created = builds.create(alice, project_id, "task", timed(HOURLY))
    return Watched(builds, timers, clock, created.id)
