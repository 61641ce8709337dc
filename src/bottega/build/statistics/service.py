"""What the API tells about many builds of a task at once."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.orm import Session

from bottega.build import access, reading
from bottega.build.access import Action
from bottega.build.identifiers import check_job_id
from bottega.build.source import MAX_REPOSITORY
from bottega.build.statistics import counting, sources
from bottega.build.statistics.counting import Counted
from bottega.build.statistics.days import Day, last_days
from bottega.build.statistics.figures import BuildTimes, DayOfBuilds, Ratio, Repositories, Successes
from bottega.clock import epoch_ms
from bottega.errors import Invalid
from bottega.iam.principal import Principal
from bottega.store.database import Database
from bottega.texts import without_nul

MAX_INTERVAL = 30
MAX_BRANCH = 200
MAX_POINTS = 1000
ALL_BRANCHES = "all"


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Builds of one repository in the last ``interval`` days, today included.

    ``branch`` empty or ``all``: of every branch, and of tags.
    """

    task_id: str
    repository: str
    branch: str
    interval: int


class StatisticsService:
    """All of it needs the right to view the task.

    Raise :class:`InvalidId`, :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`.
    """

    def __init__(self, database: Database, zone: ZoneInfo, clock: Callable[[], int] = epoch_ms) -> None:
        """``zone`` says when days begin, ``clock`` (epoch milliseconds) which of them is today."""
        self._database = database
        self._zone = zone
        self._clock = clock

    def ratio(self, principal: Principal, wanted: Selection) -> Ratio:
        """How many builds went well, by day."""
        days = self._days(wanted)
        with self._database.read() as session:
            _view(session, principal, wanted.task_id)
            found = counting.by_day(session, _counted(principal, wanted, days), days)
        return Ratio(
            days=[
                DayOfBuilds(day=day.day, builds=found.get(position, Successes()))
                for position, day in enumerate(days)
            ],
            whole=Successes(
                success=sum(one.success for one in found.values()),
                total=sum(one.total for one in found.values()),
            ),
        )

    def times(self, principal: Principal, wanted: Selection) -> BuildTimes:
        """How long builds took; at most 1000 of them are told one by one."""
        days = self._days(wanted)
        with self._database.read() as session:
            _view(session, principal, wanted.task_id)
            return counting.times(session, _counted(principal, wanted, days), MAX_POINTS)

    def successes(self, principal: Principal, task_id: str, *, begins: int, ends: int) -> Successes:
        """How many builds of ``[begins, ends)`` (epoch milliseconds) went well, of any source and of none."""
        check_job_id(task_id)
        with self._database.read() as session:
            _view(session, principal, task_id)
            which = Counted(tenant_id=principal.tenant_id, task_id=task_id, begins=begins, ends=ends)
            return counting.successes(session, which)

    def repositories(self, principal: Principal, task_id: str) -> Repositories:
        """The repositories the task has ever built, at most 1000."""
        check_job_id(task_id)
        with self._database.read() as session:
            _view(session, principal, task_id)
            return Repositories(
                names=sources.repositories(session, principal.tenant_id, task_id),
                latest=sources.latest_repository(session, principal.tenant_id, task_id),
            )

    def branches(self, principal: Principal, task_id: str, repository: str) -> list[str]:
        """The branches of a repository the task has ever built, at most 1000, sorted."""
        check_job_id(task_id)
        _check_repository(repository)
        with self._database.read() as session:
            _view(session, principal, task_id)
            return sources.branches(session, principal.tenant_id, task_id, repository)

    def _days(self, wanted: Selection) -> list[Day]:
        check_job_id(wanted.task_id)
        _check_repository(wanted.repository)
        if len(without_nul("branch", wanted.branch)) > MAX_BRANCH:
            raise Invalid("branch", f"is longer than {MAX_BRANCH} characters")
        if not 1 <= wanted.interval <= MAX_INTERVAL:
            raise Invalid("interval", f"{wanted.interval} is not between 1 and {MAX_INTERVAL} days")
        return last_days(wanted.interval, self._clock(), self._zone)


def _check_repository(name: str) -> None:
    if not 1 <= len(without_nul("repository_name", name)) <= MAX_REPOSITORY:
        raise Invalid("repository_name", f"must have 1 to {MAX_REPOSITORY} characters")


def _counted(principal: Principal, wanted: Selection, days: list[Day]) -> Counted:
    return Counted(
        tenant_id=principal.tenant_id,
        task_id=wanted.task_id,
        begins=days[0].begins,
        ends=days[-1].ends,
        repository=wanted.repository,
        branch="" if wanted.branch == ALL_BRANCHES else wanted.branch,
    )


def _view(session: Session, principal: Principal, task_id: str) -> None:
    task = reading.task(session, principal.tenant_id, task_id)
    access.require_on_task(session, principal, task, Action.VIEW)
