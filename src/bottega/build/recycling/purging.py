"""Removing a task for good: its record, runs and logs, and everything that hangs on it. The audit trail stays."""

from collections.abc import Callable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bottega.badges.links import forget_badge
from bottega.build.changes.tables import TaskRevision
from bottega.build.favourites.service import forget_task as forget_favourites
from bottega.build.hooks.service import forget_task as forget_hooks
from bottega.build.notices.settings import forget_task as forget_notices
from bottega.build.permissions.service import forget_task as forget_permissions
from bottega.build.recycling.parting import part_with
from bottega.build.tables import BuildTask
from bottega.build.timers.planning import forget_task as forget_timers
from bottega.runs.states import ACTIVE, RunState
from bottega.runs.tables import Run
from bottega.store.database import Database

RUNS_AT_ONCE = 200

RemoveLog = Callable[[str, str], None]
"""Deletes the log of a tenant's run, wherever it is; doing it twice is fine."""

ForgetTask = Callable[[Session, str], None]
"""Deletes what another domain has of the task with this id."""


class Purge:
    """Works in small transactions; a task is gone with the last of them, and a purge that broke off goes on later."""

    def __init__(
        self, database: Database, remove_log: RemoveLog, forgetting: Sequence[ForgetTask] = ()
    ) -> None:
        self._database = database
        self._remove_log = remove_log
        self._forgetting = forgetting

    def task(self, tenant_id: str, task_id: str) -> bool:
        """Purge one task of a recycle bin; False while a build of it has not come to its end."""
        while True:
            with self._database.read() as session:
                if _unfinished(session, task_id):
                    return False
                run_ids = _some_runs(session, task_id)
                job_ids = _jobs(session, run_ids)
            # Logs first: a row without a log tells the truth, a log without a row would stay for ever.
            for run_id in (*job_ids, *run_ids):
                self._remove_log(tenant_id, run_id)
            with self._database.write() as session:
                session.execute(delete(Run).where(Run.id.in_([*job_ids, *run_ids])))
                if len(run_ids) == RUNS_AT_ONCE:
                    continue
                task = session.get(BuildTask, task_id)
                if task is None or task.deleted_at is None:
                    return True
                if _unfinished(session, task_id):
                    return False
                forget_permissions(session, task)
                forget_favourites(session, task_id)
                forget_notices(session, task.tenant_id, task_id)
                forget_timers(session, task_id)
                forget_hooks(session, task_id)
                forget_badge(session, task_id)
                for forget_elsewhere in self._forgetting:
                    forget_elsewhere(session, task_id)
                session.execute(delete(TaskRevision).where(TaskRevision.task_id == task_id))
                session.delete(task)
                part_with(session, task.project_id)
                return True


def _unfinished(session: Session, task_id: str) -> bool:
    query = select(Run.id).where(Run.task_id == task_id, Run.state.in_([*ACTIVE, RunState.QUEUED])).limit(1)
    return session.scalar(query) is not None


def _jobs(session: Session, run_ids: Sequence[str]) -> Sequence[str]:
    """The runs that the build flows among these have; they belong to no task themselves."""
    return session.scalars(select(Run.id).where(Run.parent_run_id.in_(run_ids))).all()


def _some_runs(session: Session, task_id: str) -> Sequence[str]:
    return session.scalars(select(Run.id).where(Run.task_id == task_id).limit(RUNS_AT_ONCE)).all()
