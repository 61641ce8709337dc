"""What the tables say of a task's issues."""

from collections import Counter

from sqlalchemy import select, update

from bottega.check.issues.counting import change_counts, count_again, counted, counts_of
from bottega.check.issues.states import IssueStatus
from bottega.check.issues.tables import CheckIssue, CheckIssueEvent
from bottega.check.tasks.tables import CheckTask
from bottega.store.database import Database
from tests.check.making import Scans


def issues(scans: Scans) -> list[CheckIssue]:
    """In the order of their numbers; and the counters are right."""
    with scans.database.read() as session:
        assert counts_of(session, scans.task_id) == count_again(session, scans.task_id)
        query = select(CheckIssue).where(CheckIssue.task_id == scans.task_id).order_by(CheckIssue.number)
        return list(session.scalars(query))


def statuses(scans: Scans) -> list[IssueStatus]:
    return [IssueStatus(one.status) for one in issues(scans)]


def say(
    database: Database, issue_id: str, status: IssueStatus, comment: str = "", at: int | None = None
) -> None:
    """What somebody says of an issue, where only what follows from it is of interest; counters follow."""
    with database.write() as session:
        issue = session.get_one(CheckIssue, issue_id)
        before = counted(issue)
        issue.status = issue.triage = status
        issue.comment, issue.status_at = comment, at
        changes = Counter([counted(issue)])
        changes.subtract([before])
        change_counts(session, issue.task_id, changes)
        session.execute(
            update(CheckTask)
            .where(CheckTask.id == issue.task_id)
            .values(issue_version=CheckTask.issue_version + 1)
        )


def events(scans: Scans, issue_id: str) -> list[tuple[int, str]]:
    with scans.database.read() as session:
        query = select(CheckIssueEvent.status, CheckIssueEvent.comment)
        rows = session.execute(query.where(CheckIssueEvent.issue_id == issue_id).order_by(CheckIssueEvent.id))
        return [(row.status, row.comment) for row in rows]
