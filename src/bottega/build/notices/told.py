"""What the events of the outbox are about, looked up for many at once."""

from collections import defaultdict
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from bottega.build.notices import settings, wording
from bottega.build.notices.events import NoticeEvent
from bottega.build.notices.recipients import Followers
from bottega.build.notices.wording import About
from bottega.build.tables import BuildTask
from bottega.notify.message import Message
from bottega.notify.recipients import known_users
from bottega.notify.tables import NoticeOutbox
from bottega.projects.tables import Project
from bottega.runs.tables import Run

_RUN_COLUMNS = load_only(
    Run.state,
    Run.number,
    Run.daily_number,
    Run.user_id,
    Run.user_name,
    Run.trigger,
    Run.reason,
    Run.branch,
    Run.tag,
    Run.commit_id,
    Run.created_at,
    Run.started_at,
    Run.finished_at,
)


class Told:
    """Events of one tenant: their tasks, runs, settings and people, by a handful of queries for all of them."""

    def __init__(
        self, session: Session, tenant_id: str, rows: Sequence[NoticeOutbox], followers: Sequence[Followers]
    ) -> None:
        task_ids = {row.task_id for row in rows}
        run_ids = {row.run_id for row in rows if row.run_id}
        tasks = session.scalars(
            select(BuildTask)
            .where(BuildTask.tenant_id == tenant_id, BuildTask.id.in_(task_ids))
            .options(load_only(BuildTask.name, BuildTask.project_id, BuildTask.creator_id))
        )
        self._tasks = {task.id: task for task in tasks}
        runs = session.scalars(
            select(Run).where(Run.tenant_id == tenant_id, Run.id.in_(run_ids)).options(_RUN_COLUMNS)
        )
        self._runs = {run.id: run for run in runs}
        projects = session.execute(
            select(Project.id, Project.name).where(
                Project.tenant_id == tenant_id,
                Project.id.in_({task.project_id for task in self._tasks.values()}),
            )
        )
        self._projects = {row[0]: row[1] for row in projects}
        self.own = settings.own(session, tenant_id, task_ids)
        self._wanted: defaultdict[str, set[str]] = defaultdict(set)
        for find in followers:
            for task_id, user_ids in find(session, tenant_id, task_ids).items():
                self._wanted[task_id] |= set(user_ids)
        everybody = {user_id for row in rows for user_id in self._ids(row)}
        self._users = known_users(session, tenant_id, everybody)

    def message(self, row: NoticeOutbox, zone: ZoneInfo) -> Message | None:
        """The words of one event; None when its task or run has gone for good meanwhile."""
        task = self._tasks.get(row.task_id)
        run = self._runs.get(row.run_id or "")
        if task is None or (row.run_id and run is None):
            return None
        about = About(
            task_id=task.id,
            task_name=row.facts.get("name", task.name),
            project_id=task.project_id,
            project_name=self._projects.get(task.project_id, ""),
        )
        event = NoticeEvent(row.event)
        if run is not None:
            return wording.of_run(event, about, run, zone)
        by, reason = row.facts["by"], row.facts["reason"]
        return wording.of_task(event, about, by=by, reason=reason, at=row.at, zone=zone)

    def people(self, row: NoticeOutbox) -> dict[str, str]:
        """Mail addresses by user id of those who are told."""
        return {user_id: self._users[user_id] for user_id in self._ids(row) if user_id in self._users}

    def _ids(self, row: NoticeOutbox) -> list[str]:
        task, run = self._tasks.get(row.task_id), self._runs.get(row.run_id or "")
        ids = {row.facts.get("by_id", ""), *self._wanted[row.task_id]}
        ids |= {task.creator_id} if task else set()
        ids |= {run.user_id} if run else set()
        return sorted(ids - {""})
