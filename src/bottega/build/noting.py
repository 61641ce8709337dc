"""What is done to a build task, for the audit trail."""

from sqlalchemy.orm import Session

from bottega.audit import trail
from bottega.audit.events import AuditKind, AuditName
from bottega.build.tables import BuildTask
from bottega.iam.principal import Principal


def note(session: Session, principal: Principal, task: BuildTask, name: AuditName, detail: str = "") -> None:
    """Note what ``principal`` does to the task in this write transaction."""
    trail.record(
        session,
        principal,
        name,
        AuditKind.JOB,
        task.id,
        task.name,
        project_id=task.project_id,
        detail=detail,
    )
