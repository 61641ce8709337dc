"""How many issues of a task are alike: kept up to date with every change, so that nobody has to count rows."""

from collections import Counter
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from bottega.check.issues.tables import CheckIssue, CheckIssueCount


class Counted(NamedTuple):
    """By what issues are counted; named as in :class:`~bottega.check.issues.tables.CheckIssueCount`."""

    rule: str
    language: str
    severity: int
    status: int
    is_new: bool
    deferred: bool


def counted(one: Any) -> Counted:
    """Where an issue counts: a row, or anything with these attributes."""
    return Counted(one.rule, one.language, one.severity, int(one.status), one.is_new, one.deferred)


def counts_of(session: Session, task_id: str) -> dict[Counted, int]:
    """The counters of a task."""
    columns = [getattr(CheckIssueCount, name) for name in Counted._fields]
    rows = session.execute(select(*columns, CheckIssueCount.count).where(CheckIssueCount.task_id == task_id))
    return {Counted(*row[:-1]): row[-1] for row in rows}


def change_counts(session: Session, task_id: str, changes: Counter[Counted]) -> dict[Counted, int]:
    """Add ``changes`` to the counters of a task whose row is locked; the counters as they are then."""
    before = counts_of(session, task_id)
    changed = {key: before.get(key, 0) + change for key, change in changes.items() if change}
    after = {key: count for key, count in {**before, **changed}.items() if count > 0}
    if changed:
        _replace(session, task_id, after)
    return after


def count_again(session: Session, task_id: str) -> dict[Counted, int]:
    """Count the rows themselves: for tests, and for whoever changed rows by hand."""
    columns = [getattr(CheckIssue, name) for name in Counted._fields]
    rows = session.execute(
        select(*columns, func.count()).where(CheckIssue.task_id == task_id).group_by(*columns)
    )
    return {Counted(*row[:-1]): row[-1] for row in rows}


def _replace(session: Session, task_id: str, counts: dict[Counted, int]) -> None:
    # A task has some hundred of these, and an upsert is another statement on each database.
    session.execute(delete(CheckIssueCount).where(CheckIssueCount.task_id == task_id))
    if counts:
        session.execute(
            insert(CheckIssueCount),
            [{"task_id": task_id, **key._asdict(), "count": count} for key, count in counts.items()],
        )
