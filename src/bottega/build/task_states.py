"""Disabling build tasks and enabling them again."""

from bottega.audit.events import AuditName
from bottega.build import access, reading
from bottega.build.access import Action
from bottega.build.hooks import watching
from bottega.build.identifiers import check_job_id
from bottega.build.notices.events import NoticeEvent
from bottega.build.notices.outbox import task_event
from bottega.build.noting import note
from bottega.build.tables import BuildTask
from bottega.build.timers import planning
from bottega.clock import epoch_ms
from bottega.errors import Invalid
from bottega.iam.principal import Principal
from bottega.store.database import Database

MAX_REASON = 500


class TaskStates:
    """A disabled task cannot be run; what is running goes on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def disable(self, principal: Principal, task_id: str, reason: str = "") -> None:
        """Disable a task; doing it again replaces the reason.

        Raises :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`.
        """
        check_job_id(task_id)
        if len(reason) > MAX_REASON:
            raise Invalid("reason", f"has {len(reason)} characters, {MAX_REASON} are allowed")
        if "\0" in reason:
            raise Invalid("reason", "contains a NUL character")
        with self._database.write() as session:
            task = reading.task(session, principal.tenant_id, task_id, lock=True)
            access.require_on_task(session, principal, task, Action.DISABLE)
            task.disabled_at = epoch_ms()
            task.disabled_by = principal.user_name
            task.disabled_reason = reason
            planning.paused(session, task.id)
            task_event(session, principal, task, NoticeEvent.DISABLE, reason=reason)
            note(session, principal, task, AuditName.DISABLE_JOB, reason)

    def enable(self, principal: Principal, task_id: str) -> None:
        """Enable a task; one that is enabled stays so. Raises like :meth:`disable`."""
        check_job_id(task_id)
        with self._database.write() as session:
            task = reading.task(session, principal.tenant_id, task_id, lock=True)
            access.require_on_task(session, principal, task, Action.DISABLE)
            if task.disabled_at is None:
                return
            task.disabled_at = None
            task.disabled_by = task.disabled_reason = ""
            planning.resumed(session, task)
            watching.resumed(session, task.id)
            note(session, principal, task, AuditName.ENABLE_JOB)

    def disabled(self, principal: Principal, task_id: str) -> BuildTask | None:
        """The task, if it is disabled. Raises :class:`NotFound`, :class:`Forbidden`."""
        check_job_id(task_id)
        with self._database.read() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.VIEW)
            return task if task.disabled_at is not None else None
