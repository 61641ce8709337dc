"""What the API shows of build tasks and build records."""

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.build import access, listing, reading
from bottega.build.access import Action, Actions
from bottega.build.errors import NeverBuilt
from bottega.build.favourites.service import is_starred, starred
from bottega.build.flows.reading import FlowView, jobs_of
from bottega.build.health import HEALTH_DEPTH, health
from bottega.build.identifiers import check_job_id, check_project_id, check_uuid
from bottega.build.listing import TaskFilter
from bottega.build.tables import BuildTask
from bottega.errors import NoHistory
from bottega.iam.principal import Principal
from bottega.projects.service import require_project
from bottega.projects.tables import Project
from bottega.runs import histories, queries
from bottega.runs.queries import RunFilter
from bottega.runs.service import RunService
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from bottega.store.database import Database


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    """A task, its newest run, its health (:mod:`bottega.build.health`), and what the caller may do with it."""

    task: BuildTask
    latest: Run | None
    health: int
    project_name: str
    actions: Actions
    starred: bool


class RecordView(msgspec.Struct, frozen=True, kw_only=True):
    """A build record, its task, and why it waits (empty unless it is queued)."""

    task: BuildTask
    run: Run
    waiting: str


class RecordPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some records of a task, newest first, and how many there are in all."""

    task: BuildTask
    runs: list[Run]
    total: int
    health: int


class BuildReader:
    """Look-ups by the caller's tenant; all need the right to view the task.

    Raise :class:`NotFound`, :class:`Forbidden`.
    """

    def __init__(self, database: Database, runs: RunService) -> None:
        self._database = database
        self._runs = runs

    def task(self, principal: Principal, task_id: str) -> BuildTask:
        """One task."""
        check_job_id(task_id)
        with self._database.read() as session:
            return _viewed(session, principal, reading.task(session, principal.tenant_id, task_id))

    def actions(self, principal: Principal, task_id: str) -> Actions:
        """What the caller may do with a task."""
        check_job_id(task_id)
        with self._database.read() as session:
            task = _viewed(session, principal, reading.task(session, principal.tenant_id, task_id))
            return access.on_task(session, principal, task)

    def tasks(
        self, principal: Principal, where: TaskFilter, *, offset: int, limit: int
    ) -> tuple[list[TaskView], int]:
        """One page of tasks, and how many match. Also raises :class:`Invalid`."""
        with self._database.read() as session:
            if where.project_id:
                check_project_id(where.project_id)
                require_project(session, principal.tenant_id, where.project_id)
            shown = access.visible_tasks(session, principal)
            rows, total = listing.page(
                session, where, shown, is_starred(principal), offset=offset, limit=limit
            )
            return _views(session, principal, rows), total

    def record(self, principal: Principal, record_id: str, field: str = "record_id") -> RecordView:
        """One build record by its id, which refusals call ``field``."""
        check_uuid(record_id, field)
        with self._database.read() as session:
            task, run = reading.record(session, principal.tenant_id, record_id)
            _viewed(session, principal, task)
            return RecordView(task=task, run=run, waiting=self._waiting(session, run))

    def flow(self, principal: Principal, record_id: str, field: str = "record_id") -> FlowView:
        """One build record with the jobs it has as a BuildFlow."""
        check_uuid(record_id, field)
        with self._database.read() as session:
            task, run = reading.record(session, principal.tenant_id, record_id)
            _viewed(session, principal, task)
            return FlowView(task=task, run=run, jobs=jobs_of(session, run))

    def record_of_task(self, principal: Principal, task_id: str, number: int | None) -> RecordView:
        """Build ``number`` of a task, or its newest."""
        check_job_id(task_id)
        with self._database.read() as session:
            task = _viewed(session, principal, reading.task(session, principal.tenant_id, task_id))
            number = number or task.last_number
            if number == 0:
                raise NeverBuilt(task_id)
            run = queries.by_number(session, principal.tenant_id, task_id, number)
            return RecordView(task=task, run=run, waiting=self._waiting(session, run))

    def require_history(self, principal: Principal, task_id: str) -> None:
        """Raise :class:`NoHistory` when the task was never built."""
        task = self.task(principal, task_id)
        if task.last_number == 0:
            raise NoHistory(f"build task {task.name} was never built")

    def history(
        self, principal: Principal, task_id: str, where: RunFilter, *, offset: int, limit: int
    ) -> RecordPage:
        """Records of a task that ``where`` matches."""
        check_job_id(task_id)
        with self._database.read() as session:
            task = _viewed(session, principal, reading.task(session, principal.tenant_id, task_id))
            return _history(session, task, where, offset=offset, limit=limit)

    def history_of_build_project(
        self, principal: Principal, build_project_id: str, where: RunFilter, *, offset: int, limit: int
    ) -> RecordPage:
        """Records of the task whose shadow is ``build_project_id``; ``where.task_id`` is filled in here."""
        check_uuid(build_project_id, "build_project_id")
        with self._database.read() as session:
            task = reading.task_of_build_project(session, principal.tenant_id, build_project_id)
            _viewed(session, principal, task)
            where = msgspec.structs.replace(where, task_id=task.id)
            return _history(session, task, where, offset=offset, limit=limit)

    def project_name(self, task: BuildTask) -> str:
        """The name of the project a task belongs to."""
        with self._database.read() as session:
            return _project_names(session, {task.project_id}).get(task.project_id, "")

    def _waiting(self, session: Session, run: Run) -> str:
        return self._runs.waiting_reason(session, run) if run.state == RunState.QUEUED else ""


def _viewed(session: Session, principal: Principal, task: BuildTask) -> BuildTask:
    access.require_on_task(session, principal, task, Action.VIEW)
    return task


def _history(session: Session, task: BuildTask, where: RunFilter, *, offset: int, limit: int) -> RecordPage:
    found = histories.page(session, where, offset=offset, limit=limit)
    return RecordPage(
        task=task,
        runs=found.runs,
        total=found.total,
        health=health(queries.recent_results(session, [task.id], HEALTH_DEPTH).get(task.id, [])),
    )


def _views(
    session: Session, principal: Principal, rows: list[tuple[BuildTask, Run | None]]
) -> list[TaskView]:
    results = queries.recent_results(session, [task.id for task, _ in rows], HEALTH_DEPTH)
    names = _project_names(session, {task.project_id for task, _ in rows})
    actions = access.on_tasks(session, principal, [task for task, _ in rows])
    stars = starred(session, principal, [task.id for task, _ in rows])
    return [
        TaskView(
            task=task,
            actions=actions[task.id],
            starred=task.id in stars,
            latest=latest,
            health=health(results.get(task.id, [])),
            project_name=names.get(task.project_id, ""),
        )
        for task, latest in rows
    ]


def _project_names(session: Session, ids: set[str]) -> dict[str, str]:
    rows = session.execute(select(Project.id, Project.name).where(Project.id.in_(ids)))
    return {row[0]: row[1] for row in rows}
