"""Names of check tasks, and how many there may be."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bottega.check.tasks.repositories import short_name
from bottega.check.tasks.tables import CheckTask
from bottega.errors import Invalid

TASKS_PER_TENANT = 50_000


def require_room(session: Session, tenant_id: str) -> None:
    """Raise :class:`Invalid` when the tenant has as many tasks as it may, those of branches included."""
    if count(session, tenant_id) >= TASKS_PER_TENANT:
        raise Invalid("task", f"the tenant already has {TASKS_PER_TENANT} check tasks, the most allowed")


def count(session: Session, tenant_id: str) -> int:
    """How many tasks a tenant has, those of branches included."""
    query = select(func.count()).select_from(CheckTask)
    found = session.scalar(query.where(CheckTask.tenant_id == tenant_id, CheckTask.deleted_at.is_(None)))
    return found or 0


def require_free(session: Session, project_id: str, name: str, field: str, own_id: str = "") -> None:
    """Raise :class:`Invalid` when another task of the project has the name."""
    query = select(CheckTask.id).where(
        CheckTask.project_id == project_id, CheckTask.name == name, CheckTask.parent_id.is_(None)
    )
    if session.scalar(query.limit(1)) not in {None, own_id}:
        raise name_taken(field, name)


def name_taken(field: str, name: str) -> Invalid:
    """The refusal of a name."""
    return Invalid(field, f"the project already has a check task named {name}")


def for_repository(session: Session, project_id: str, repository: str, at: datetime) -> str:
    """``<repository>_<MMddHHmm>``, or the first free name that begins so."""
    stem = f"{short_name(repository)}_{at:%m%d%H%M}"
    query = select(CheckTask.name).where(
        CheckTask.project_id == project_id,
        CheckTask.parent_id.is_(None),
        CheckTask.name.startswith(stem, autoescape=True),
    )
    taken = set(session.scalars(query))
    names = (stem if number == 1 else f"{stem}_{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)
