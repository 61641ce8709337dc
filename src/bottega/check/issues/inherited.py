"""What people have said of the same issue in other tasks, for issues that a task sees for the first time."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.check.issues.states import IssueStatus
from bottega.check.issues.tables import CheckIssue
from bottega.check.tasks.tables import CheckTask

_CLOSED = (IssueStatus.FIXED, IssueStatus.GONE)
_TAKEN_OVER = frozenset({IssueStatus.IGNORED, IssueStatus.REVIEW})
"""What somebody decided of the code itself. That an issue was resolved is said of one branch only."""


class Inherited(msgspec.Struct, frozen=True):
    """``status`` to begin with. ``known`` issues are not new: they are those of the branch this one came from."""

    status: int
    comment: str = ""
    by: str = ""
    at: int | None = None
    owner: str = ""
    known: bool = False


def inherited(session: Session, task: CheckTask, *, first: bool) -> dict[str, Inherited]:
    """By fingerprint: issues ignored in other tasks of the same repository and branch; and for the first check of a
    branch, those of the default branch.
    """
    found: dict[str, Inherited] = {}
    if first and task.parent_id is not None:
        found.update(_issues(session, [task.parent_id], ignored=False))
    siblings = session.scalars(
        select(CheckTask.id).where(
            CheckTask.tenant_id == task.tenant_id,
            CheckTask.repository == task.repository,
            CheckTask.branch == task.branch,
            CheckTask.id != task.id,
            CheckTask.deleted_at.is_(None),
        )
    ).all()
    if siblings:
        found.update(_issues(session, siblings, ignored=True))
    return found


def _issues(session: Session, task_ids: Sequence[str], *, ignored: bool) -> dict[str, Inherited]:
    query = select(
        CheckIssue.fingerprint,
        CheckIssue.status,
        CheckIssue.comment,
        CheckIssue.status_by,
        CheckIssue.status_at,
        CheckIssue.owner,
    ).where(CheckIssue.task_id.in_(task_ids))
    if ignored:
        query = query.where(CheckIssue.status == IssueStatus.IGNORED)
    else:
        query = query.where(CheckIssue.status.not_in(_CLOSED))
    found: dict[str, Inherited] = {}
    for row in session.execute(query.order_by(CheckIssue.number)):
        kept = row.status in _TAKEN_OVER
        found[row.fingerprint] = Inherited(
            status=row.status if kept else IssueStatus.OPEN,
            comment=row.comment if kept else "",
            by=row.status_by if kept else "",
            at=row.status_at if kept else None,
            owner=row.owner,
            known=not ignored,
        )
    return found
