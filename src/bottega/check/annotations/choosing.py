"""Which issues a merge request is told of: open ones in lines it changes, once each, the gravest first."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bottega.check.annotations.outbox import asked
from bottega.check.annotations.remarks import Remark, Review
from bottega.check.annotations.tables import CheckAnnotation, ToldIssue
from bottega.check.issues.states import ACTIVE, FILE_DELETED, IssueStatus
from bottega.check.issues.tables import CheckIssue
from bottega.check.scanning.plan import ChangedLines
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.links import to_issue, to_issues, whole
from bottega.runs.tables import Run

MOST = 30
"""Remarks about one check."""
_PATHS = 500


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """``url`` is the repository's. ``waiting`` are the ids of all issues that the request was not told of yet.

    ``fixed`` are threads about issues that are not there any more, by issue.
    """

    url: str
    review: Review
    waiting: frozenset[str]
    fixed: dict[str, str]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.waiting or self.fixed)


class _Place(NamedTuple):
    """An issue, in the order in which they are told. ``former`` is the path of the file in the target."""

    severity: int
    path: str
    line: int
    issue_id: str
    former: str


class Links(msgspec.Struct, frozen=True):
    """Addresses for people; none where the server does not know its own."""

    public_url: str

    def issues(self, task_id: str) -> str:
        """Of the open issues of a task."""
        return whole(self.public_url, to_issues(task_id))

    def issue(self, task_id: str, issue_id: str) -> str:
        """Of one of them."""
        return whole(self.public_url, to_issue(task_id, issue_id))


def choose(session: Session, row: CheckAnnotation, links: Links) -> Chosen | None:
    """What there is to be told of the check; None if it is gone, or was of no merge request after all."""
    scan = session.get(CheckScan, row.scan_id)
    task = session.get(CheckTask, row.task_id)
    if scan is None or task is None or task.deleted_at is not None:
        return None
    request, run = asked(session, task, scan), session.get(Run, scan.run_id)
    if request is None or run is None:
        return None
    places = _candidates(session, task.id, msgspec.convert(row.lines, list[ChangedLines]))
    earlier = session.scalar(select(func.count()).where(ToldIssue.told_in == scan.id)) or 0
    remarks = _remarks(session, task.id, places[: max(0, MOST - earlier)], links)
    return Chosen(
        url=run.source_url,
        review=Review(
            scan_id=scan.id,
            number=request.merge_id,
            commit=scan.commit_id,
            check=scan.number,
            remarks=remarks,
            rest=len(places) - len(remarks),
            link=links.issues(task.id),
            earlier=earlier,
        ),
        waiting=frozenset(place.issue_id for place in places),
        fixed=_fixed(session, task.id),
    )


def within(ranges: Sequence[tuple[int, int]], line: int) -> bool:
    """Whether the line is in one of the stretches, which are in order and do not overlap."""
    at = bisect_right(ranges, (line, 1 << 62)) - 1
    return at >= 0 and line <= ranges[at][1]


def _candidates(session: Session, task_id: str, changed: Sequence[ChangedLines]) -> list[_Place]:
    """All issues that are to be told, in order."""
    found: list[_Place] = []
    files = {file.path: file for file in changed}
    paths = list(files)
    for start in range(0, len(paths), _PATHS):
        query = (
            select(CheckIssue.severity, CheckIssue.path, CheckIssue.line, CheckIssue.id)
            .outerjoin(ToldIssue, ToldIssue.issue_id == CheckIssue.id)
            .where(
                CheckIssue.task_id == task_id,
                CheckIssue.path.in_(paths[start : start + _PATHS]),
                CheckIssue.status.in_(sorted(ACTIVE)),
                CheckIssue.deferred.is_(False),
                ToldIssue.issue_id.is_(None),
            )
        )
        for severity, path, line, issue_id in session.execute(query):
            file = files[path]
            if within(file.ranges, line):
                found.append(_Place(severity, path, line, issue_id, file.former))
    return sorted(found)


def _remarks(session: Session, task_id: str, places: Sequence[_Place], links: Links) -> list[Remark]:
    query = select(CheckIssue.id, CheckIssue.rule, CheckIssue.message)
    rows = session.execute(query.where(CheckIssue.id.in_([place.issue_id for place in places])))
    said = {issue_id: (rule, message) for issue_id, rule, message in rows}
    return [
        Remark(
            issue_id=place.issue_id,
            path=place.path,
            former=place.former,
            line=place.line,
            severity=place.severity,
            rule=said[place.issue_id][0],
            message=said[place.issue_id][1],
            link=links.issue(task_id, place.issue_id),
        )
        for place in places
    ]


def _fixed(session: Session, task_id: str) -> dict[str, str]:
    query = (
        select(ToldIssue.issue_id, ToldIssue.thread)
        .join(CheckIssue, CheckIssue.id == ToldIssue.issue_id)
        .where(
            ToldIssue.task_id == task_id,
            ToldIssue.thread != "",
            (CheckIssue.status == IssueStatus.FIXED)
            | ((CheckIssue.status == IssueStatus.GONE) & (CheckIssue.gone_reason == FILE_DELETED)),
        )
        .order_by(ToldIssue.issue_id)
        .limit(MOST)
    )
    return {row.issue_id: row.thread for row in session.execute(query)}
