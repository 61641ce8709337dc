"""Deleting check tasks: from the moment of the answer nobody finds them, and soon nothing is left of them."""

from collections.abc import Callable

import structlog
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from bottega.audit.events import AuditName
from bottega.check import access
from bottega.check.access import Action
from bottega.check.kinds import CHECK
from bottega.check.notices import forgetting
from bottega.check.rulesets.tables import GateDefault
from bottega.check.tasks import groups, reading
from bottega.check.tasks.noting import note
from bottega.check.tasks.purging import Purge
from bottega.check.tasks.tables import CheckTask
from bottega.clock import epoch_ms
from bottega.iam.principal import Principal
from bottega.runs.service import RunService
from bottega.runs.tables import Run
from bottega.store.database import Database

AT_ONCE = 100
"""Families that one sweep takes up."""

log = structlog.get_logger(__name__)


class TaskRemoval:
    """Marks in one transaction, and clears away in many small ones: in the request, and from time to time."""

    def __init__(
        self, database: Database, runs: RunService, remove_files: Callable[[str, str], None]
    ) -> None:
        """``remove_files`` deletes the log of a tenant's run, wherever it is; doing it twice is fine."""
        self._database = database
        self._runs = runs
        self.purge = Purge(database, remove_files)

    def delete(self, principal: Principal, task_id: str) -> CheckTask:
        """Delete a task, with all tasks of its family if it is their root; their checks are stopped.

        Raises :class:`Invalid`, :class:`UnknownTask`, :class:`Forbidden`.
        """
        with self._database.write() as session:
            task = reading.task(session, principal.tenant_id, task_id, lock=True)
            access.require_on_task(session, principal, task, Action.DELETE)
            note(session, principal, task, AuditName.DELETE_CHECK_TASK)
            self._mark(session, principal, or_(CheckTask.id == task.id, CheckTask.parent_id == task.id))
        self.purge.task(task_id, patient=False)
        return task

    def forget_project(self, session: Session, principal: Principal, project_id: str) -> None:
        """Delete all tasks of a project inside the transaction that deletes it, its groups, gate and switches."""
        of_project = and_(CheckTask.tenant_id == principal.tenant_id, CheckTask.project_id == project_id)
        roots = select(CheckTask).where(
            of_project, CheckTask.parent_id.is_(None), CheckTask.deleted_at.is_(None)
        )
        for task in session.scalars(roots.order_by(CheckTask.id).with_for_update()):
            note(session, principal, task, AuditName.DELETE_CHECK_TASK)
        self._mark(session, principal, of_project)
        groups.forget_project(session, project_id)
        forgetting.forget_project(session, project_id)
        gate = session.get(GateDefault, (principal.tenant_id, project_id))
        if gate is not None:
            session.delete(gate)

    def sweep(self) -> int:
        """Clear away what was deleted; what still has a running check is left for the next sweep."""
        with self._database.read() as session:
            waiting = session.scalars(
                select(CheckTask.id).where(CheckTask.deleted_at.is_not(None)).limit(AT_ONCE)
            ).all()
        gone = sum(self.purge.task(task_id) for task_id in waiting)
        if gone:
            log.info("check tasks purged", count=gone)
        return gone

    def _mark(self, session: Session, principal: Principal, which: ColumnElement[bool]) -> None:
        # A name no client can give: another task may have the old one at once.
        session.execute(
            update(CheckTask)
            .where(which, CheckTask.deleted_at.is_(None))
            .values(deleted_at=epoch_ms(), name="/" + CheckTask.id, settings={}, sealed_credentials=None),
            execution_options={"synchronize_session": False},
        )
        tasks = select(CheckTask.id).where(which)
        forgetting.hush(session, principal.tenant_id, tasks)
        # With the tasks gone no new check can begin, so these are all there will be.
        self._runs.stop_all(session, principal.user_name, Run.task_id.in_(tasks), Run.kind == CHECK)
