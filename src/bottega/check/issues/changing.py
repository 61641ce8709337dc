"""Saying something of issues: their status, a comment, who is responsible."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.audit.events import AuditName
from bottega.check.access import Action
from bottega.check.identifiers import check_id
from bottega.check.issues.counting import Counted, change_counts, counted
from bottega.check.issues.errors import UnknownIssue
from bottega.check.issues.service import task_of
from bottega.check.issues.states import IssueStatus
from bottega.check.issues.tables import CheckIssue, CheckIssueEvent
from bottega.check.issues.transitions import may_become
from bottega.check.tasks.noting import note
from bottega.check.tasks.tables import CheckTask
from bottega.clock import epoch_ms
from bottega.errors import Conflict, Invalid
from bottega.iam.principal import Principal
from bottega.iam.tables import User
from bottega.store.database import Database

MAX_AT_ONCE = 1_000
MAX_COMMENT = 256


class IssueChanges:
    """Needs the right to change the task's report. All issues of a call are changed, or none.

    Raises :class:`Invalid`, :class:`UnknownTask`, :class:`UnknownScan`, :class:`UnknownIssue`, :class:`Forbidden`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def say(  # noqa: PLR0917 - who says what of which
        self,
        principal: Principal,
        task_id: str,
        issue_ids: Sequence[str],
        status: IssueStatus,
        comment: str = "",
        scan_id: str = "",
    ) -> None:
        """Give issues a status. Raises :class:`Conflict` for issues that a scan has closed."""
        if len(comment) > MAX_COMMENT or "\0" in comment:
            raise Invalid("comment", f"must be at most {MAX_COMMENT} characters, none of them NUL")
        with self._database.write() as session:
            task, issues = _issues(session, principal, task_id, issue_ids, scan_id)
            closed = [one.id for one in issues if status not in may_become(one.status)]
            if closed:
                raise Conflict(
                    f"issue {closed[0]} was closed by a check, and cannot become {status.name.lower()}"
                )
            now, changes = epoch_ms(), Counter[Counted]()
            for one in issues:
                changes[counted(one)] -= 1
                one.status = one.triage = status
                one.comment, one.status_by, one.status_at = comment, principal.user_name, now
                changes[counted(one)] += 1
                _happened(session, one, principal, now, comment)
            change_counts(session, task.id, changes)
            _changed(session, principal, task, issues, status.name.lower())

    def hand_over(
        self, principal: Principal, task_id: str, issue_ids: Sequence[str], owner: str, scan_id: str = ""
    ) -> None:
        """Make a user of the tenant responsible for issues, or nobody."""
        if "\0" in owner:
            raise Invalid("owner", "contains a NUL character")
        with self._database.write() as session:
            task, issues = _issues(session, principal, task_id, issue_ids, scan_id)
            known = select(User.id).where(User.tenant_id == principal.tenant_id, User.name == owner)
            if owner and session.scalar(known) is None:
                raise Invalid("owner", f"there is no user {owner[:64]!r}")
            now = epoch_ms()
            for one in issues:
                one.owner = owner
                _happened(session, one, principal, now, f"owner: {owner or 'nobody'}")
            _changed(session, principal, task, issues, f"owner {owner or 'nobody'}")


def _issues(
    session: Session, principal: Principal, task_id: str, issue_ids: Sequence[str], scan_id: str
) -> tuple[CheckTask, list[CheckIssue]]:
    """The task, locked, and the issues in the order of their ids."""
    wanted = sorted({check_id(one, "defect_id") for one in issue_ids})
    if not 0 < len(wanted) <= MAX_AT_ONCE:
        raise Invalid("defect_id", f"must name 1 to {MAX_AT_ONCE} issues")
    task = task_of(session, principal, task_id, scan_id, Action.UPDATE_REPORT)
    # Locked before its issues are read, so that no scan decides of them meanwhile.
    session.get_one(CheckTask, task.id, with_for_update=True, populate_existing=True)
    query = select(CheckIssue).where(CheckIssue.id.in_(wanted), CheckIssue.task_id == task.id)
    found = {one.id: one for one in session.scalars(query)}
    for one in wanted:
        if one not in found:
            raise UnknownIssue(one)
    return task, [found[one] for one in wanted]


def _happened(session: Session, issue: CheckIssue, principal: Principal, at: int, comment: str) -> None:
    session.add(
        CheckIssueEvent(
            issue_id=issue.id, at=at, by=principal.user_name, status=issue.status, comment=comment
        )
    )


def _changed(
    session: Session, principal: Principal, task: CheckTask, issues: Sequence[CheckIssue], what: str
) -> None:
    task.issue_version += 1
    note(session, principal, task, AuditName.UPDATE_ISSUES, f"{len(issues)} issues: {what}")
