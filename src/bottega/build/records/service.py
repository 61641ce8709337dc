"""Records of several tasks at once, and figures of one task's records."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import and_, select
from sqlalchemy.orm import Session, load_only

from bottega.build import access, reading
from bottega.build.access import Action
from bottega.build.identifiers import check_job_id, check_project_id, check_uuid
from bottega.build.records import queries
from bottega.build.records.queries import BriefRun
from bottega.build.source import MAX_REPOSITORY
from bottega.build.tables import BuildTask
from bottega.errors import Forbidden, Invalid, NoHistory, NotFound
from bottega.iam.principal import Principal
from bottega.projects.service import require_project
from bottega.runs import histories
from bottega.runs.queries import RunFilter
from bottega.store.database import Database
from bottega.texts import without_nul

MAX_BUILD_PROJECTS = 100


class NewestRecords(msgspec.Struct, frozen=True, kw_only=True):
    """The newest records of a task, newest first, with what their list shows."""

    build_project_id: str
    runs: list[BriefRun]


class LastSuccess(msgspec.Struct, frozen=True, kw_only=True):
    """A successful record and the name its task has now."""

    task_name: str
    run: BriefRun


class RecordService:
    """Look-ups by the caller's tenant; all need the right to view the task.

    Raise :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(
        self, principal: Principal, build_project_ids: Sequence[str], limit: int
    ) -> list[NewestRecords]:
        """The ``limit`` newest records of each build project, each once and in the order asked for."""
        if len(build_project_ids) > MAX_BUILD_PROJECTS:
            raise Invalid("body", f"at most {MAX_BUILD_PROJECTS} build projects can be asked for at once")
        for index, build_project_id in enumerate(build_project_ids):
            check_uuid(build_project_id, f"body[{index}]")
        wanted = list(dict.fromkeys(build_project_ids))
        with self._database.read() as session:
            tasks = _viewed(session, principal, wanted)
            found = queries.newest_of(session, list(tasks.values()), limit)
        return [NewestRecords(build_project_id=one, runs=found[tasks[one].id]) for one in wanted]

    def total(self, principal: Principal, build_project_id: str, begins: int | None, ends: int | None) -> int:
        """How many records of a build project there are, created in ``[begins, ends)`` (epoch milliseconds)."""
        check_uuid(build_project_id, "build_project_id")
        with self._database.read() as session:
            task = reading.task_of_build_project(session, principal.tenant_id, build_project_id)
            access.require_on_task(session, principal, task, Action.VIEW)
            where = RunFilter(
                tenant_id=principal.tenant_id, task_id=task.id, created_from=begins, created_to=ends
            )
            return histories.count(session, where)

    def branches(self, principal: Principal, task_id: str) -> list[str]:
        """The branches that a task was ever built from, sorted, at most 1000."""
        check_job_id(task_id)
        with self._database.read() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.VIEW)
            return queries.branches(session, task)

    def last_success(self, principal: Principal, project_id: str, repository: str) -> LastSuccess:
        """The last successful build of a repository, among the tasks of a project that the caller may view.

        Also raises :class:`NoHistory`.
        """
        check_project_id(project_id)
        if not 1 <= len(without_nul("repository_name", repository)) <= MAX_REPOSITORY:
            raise Invalid("repository_name", f"must have 1 to {MAX_REPOSITORY} characters")
        with self._database.read() as session:
            require_project(session, principal.tenant_id, project_id)
            tasks = and_(
                BuildTask.tenant_id == principal.tenant_id,
                BuildTask.project_id == project_id,
                BuildTask.deleted_at.is_(None),
                access.visible_tasks(session, principal),
            )
            found = queries.last_success(session, tasks, repository)
        if found is None:
            raise NoHistory(f"no build of the repository {repository} has succeeded in this project")
        return LastSuccess(run=found[0], task_name=found[1])


def _viewed(session: Session, principal: Principal, build_project_ids: list[str]) -> dict[str, BuildTask]:
    query = select(BuildTask).where(
        BuildTask.build_project_id.in_(build_project_ids),
        BuildTask.tenant_id == principal.tenant_id,
        BuildTask.deleted_at.is_(None),
    )
    shown = load_only(
        BuildTask.build_project_id,
        BuildTask.name,
        BuildTask.project_id,
        BuildTask.creator_id,
        BuildTask.own_permissions,
    )
    tasks = {task.build_project_id: task for task in session.scalars(query.options(shown))}
    for build_project_id in build_project_ids:
        if build_project_id not in tasks:
            raise NotFound("build project", build_project_id)
    actions = access.on_tasks(session, principal, list(tasks.values()))
    for task in tasks.values():
        if Action.VIEW not in actions[task.id]:
            raise Forbidden(f"user {principal.user_name} may not view the build task {task.name}")
    return tasks
