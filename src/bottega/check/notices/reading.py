"""Looking up what was set, for one family of tasks or for many."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.check.notices.switches import Own, Switches, in_force
from bottega.check.notices.tables import CheckNoticeHook, CheckNoticeSetting
from bottega.check.tasks.tables import CheckTask

PROJECT_LEVEL = ""
"""In the place of a task's id."""


def switches_of(session: Session, project_id: str, root_id: str = PROJECT_LEVEL) -> Switches:
    """Those in force for a family, or for tasks of the project that have none of their own."""
    own = _own(session, {project_id}, {root_id})
    of_family: Own = own.get((project_id, root_id), {}) if root_id else {}
    return in_force(own.get((project_id, PROJECT_LEVEL), {}), of_family)


def switches_of_many(session: Session, roots: Collection[CheckTask]) -> dict[str, Switches]:
    """Those of families, by the ids of their roots."""
    own = _own(session, {root.project_id for root in roots}, {root.id for root in roots})
    found: dict[str, Switches] = {}
    for root in roots:
        of_project = own.get((root.project_id, PROJECT_LEVEL), {})
        found[root.id] = in_force(of_project, own.get((root.project_id, root.id), {}))
    return found


def hooks_of(session: Session, root_ids: Collection[str]) -> list[CheckNoticeHook]:
    """Robots and webhooks of families, the oldest first."""
    query = select(CheckNoticeHook).where(CheckNoticeHook.task_id.in_(root_ids))
    return list(session.scalars(query.order_by(CheckNoticeHook.created_at, CheckNoticeHook.id)))


def _own(
    session: Session, project_ids: Collection[str], root_ids: Collection[str]
) -> dict[tuple[str, str], Own]:
    query = select(CheckNoticeSetting).where(
        CheckNoticeSetting.project_id.in_(project_ids),
        CheckNoticeSetting.task_id.in_({*root_ids, PROJECT_LEVEL}),
    )
    return {(row.project_id, row.task_id): row.switches for row in session.scalars(query)}
