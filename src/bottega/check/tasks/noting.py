"""Events of check tasks in the audit trail."""

from sqlalchemy.orm import Session

from bottega.audit import trail
from bottega.audit.events import AuditKind, AuditName
from bottega.check.tasks.tables import CheckTask
from bottega.iam.principal import Principal


def note(session: Session, principal: Principal, task: CheckTask, name: AuditName, detail: str = "") -> None:
    """Note in the caller's write transaction what is done to a task."""
    trail.record(
        session,
        principal,
        name,
        AuditKind.CHECK_TASK,
        task.id,
        task.name,
        project_id=task.project_id,
        detail=detail,
    )
