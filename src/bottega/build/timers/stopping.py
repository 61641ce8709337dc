"""Stopping a timer that only fails, and telling about it."""

from sqlalchemy.orm import Session

from bottega.audit.events import AuditName
from bottega.build.notices.wording import About, of_timer
from bottega.build.noting import note
from bottega.build.tables import BuildTask
from bottega.build.timers.tables import TaskTimer
from bottega.iam.principal import Principal
from bottega.iam.tables import Tenant, User
from bottega.notify import inbox
from bottega.projects.tables import Project

MAX_FAILURES = 10
"""Timer runs in a row that fail before the timer is stopped (reference, section 7.1)."""


def stop(session: Session, row: TaskTimer, task: BuildTask, reason: str, at: int) -> None:
    """Stop the timer until the task is saved again; the task stays enabled.

    The audit trail names the user as whom it fired; that user and the creator of the task get a message.
    """
    row.next_at = row.due_at = None
    row.stopped_at = at
    row.stopped_reason = reason
    user, tenant = session.get(User, row.user_id), session.get(Tenant, row.tenant_id)
    project = session.get(Project, task.project_id)
    saver = Principal(
        tenant_id=row.tenant_id,
        tenant_name=tenant.name if tenant else "",
        user_id=row.user_id,
        user_name=user.name if user else "",
        iam_project_id="",
        rights=frozenset(),
    )
    note(session, saver, task, AuditName.STOP_TIMER, reason)
    about = About(
        task_id=task.id,
        task_name=task.name,
        project_id=task.project_id,
        project_name=project.name if project else "",
    )
    people = {row.user_id, task.creator_id}
    inbox.put(session, row.tenant_id, [(user_id, of_timer(about, reason, at)) for user_id in sorted(people)])
