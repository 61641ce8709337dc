"""Issues as v1 takes and shows them. Where the published tables are cut, fields are those of reference section 4.5."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bottega.check.api.facet_models import Facet, FacetValue, values_of
from bottega.check.api.families import ReportFrame
from bottega.check.api.issue_words import V1_STATUS
from bottega.check.api.task_arguments import moment
from bottega.check.api.v2_issue_models import (
    DefectEvents,
    DefectFragmentV2,
    by_severity,
    events_of,
    fragment_of,
    with_status,
)
from bottega.check.issues.rulebook import RuleBook
from bottega.check.issues.service import Facets, IssuePage, TaskState
from bottega.check.issues.states import ACTIVE, STATUS_NAMES, IssueStatus
from bottega.check.issues.tables import CheckIssue, CheckIssueEvent
from bottega.check.tasks.tables import CheckScan

CHANGED = "修改成功"


class IssueListRequest(msgspec.Struct, kw_only=True):
    """Texts have values with commas between them; what is absent or empty does not matter."""

    taskId: str  # noqa: N815 - as on the wire
    mergeId: str | None = None  # noqa: N815
    jobId: str | None = None  # noqa: N815
    page: int = 1
    pageSize: int = 10  # noqa: N815
    languages: str | None = None
    ruleIds: str | None = None  # noqa: N815
    authors: str | None = None
    isNew: str | None = None  # noqa: N815
    statusIds: str | None = None  # noqa: N815
    severities: str | None = None
    delayStatus: str | None = None  # noqa: N815
    fileNames: str | None = None  # noqa: N815
    userTags: list[str] | None = None  # noqa: N815
    cwes: list[str] | None = None


class IssueFilterRequest(IssueListRequest, kw_only=True):
    """``facets`` names the properties whose values are counted; all of them by default."""

    facets: str | None = None


class UpdateIssueStatusRequest(msgspec.Struct, kw_only=True):
    taskId: str  # noqa: N815
    status: str
    mergeKey: str | list[str]  # noqa: N815
    mergeId: str | None = None  # noqa: N815
    jobId: str | None = None  # noqa: N815
    comment: str | None = None


class UpdateIssueOwnerRequest(msgspec.Struct, kw_only=True):
    """An empty ``owner`` is nobody."""

    taskId: str  # noqa: N815
    mergeKey: str | list[str]  # noqa: N815
    owner: str
    mergeId: str | None = None  # noqa: N815
    jobId: str | None = None  # noqa: N815


class IssueInfo(msgspec.Struct, kw_only=True):
    """``isNew`` and ``delayStatus`` are "0" or "1"; ``goneReason`` says why a check did not look for it any more.

    ``edited``: its line was changed since the check before, and it was recognised by likeness.
    """

    mergeKey: str  # noqa: N815
    bugId: str  # noqa: N815
    ruleId: str  # noqa: N815
    ruleName: str  # noqa: N815
    checkerName: str  # noqa: N815
    userTags: str  # noqa: N815
    cwes: list[str]
    language: str
    severity: str
    statusId: str  # noqa: N815
    isNew: str  # noqa: N815
    delayStatus: str  # noqa: N815
    author: str
    owner: str
    filePath: str  # noqa: N815
    lineNumber: int  # noqa: N815
    columnNumber: int  # noqa: N815
    endLineNumber: int  # noqa: N815
    endColumnNumber: int  # noqa: N815
    defectContent: str  # noqa: N815
    fragment: list[DefectFragmentV2]
    events: list[DefectEvents]
    fixes: list[dict[str, Any]]
    alsoFoundBy: list[str]  # noqa: N815
    createdAt: str | None  # noqa: N815
    closedAt: str | None  # noqa: N815
    comment: str
    statusBy: str  # noqa: N815
    statusAt: str | None  # noqa: N815
    goneReason: str  # noqa: N815
    edited: bool
    fingerprint: str


class IssueListResult(msgspec.Struct, kw_only=True):
    total: int
    info: list[IssueInfo]


class IssueListResponse(ReportFrame, kw_only=True):
    result: IssueListResult


class IssueFilterResult(msgspec.Struct, kw_only=True):
    """``total`` is always null, as in the service."""

    total: int | None
    facets: list[Facet]


class IssueFilterResponse(ReportFrame, kw_only=True):
    result: IssueFilterResult


class TextResponse(ReportFrame, kw_only=True):
    result: str


class ToStatus(msgspec.Struct, kw_only=True):
    id: str
    name: str


class NextStatusResponse(ReportFrame, kw_only=True):
    result: list[ToStatus]


class HistoryEntry(msgspec.Struct, kw_only=True):
    """``by`` is empty for what a check did."""

    at: str | None
    by: str
    statusId: str  # noqa: N815
    comment: str


class IssueDetail(IssueInfo, kw_only=True):
    history: list[HistoryEntry]


class IssueDetailResponse(ReportFrame, kw_only=True):
    result: IssueDetail


class SeverityCounts(msgspec.Struct, kw_only=True):
    critical: int
    major: int
    minor: int
    suggestion: int


class TaskStatistics(msgspec.Struct, kw_only=True):
    """Of issues that are not deferred, ``deferred`` ones apart; ``rules`` have the pending ones, most first."""

    taskId: str  # noqa: N815
    severity: SeverityCounts
    newSeverity: SeverityCounts  # noqa: N815
    pending: int
    resolved: int
    fixed: int
    ignored: int
    notLookedFor: int  # noqa: N815
    newCount: int  # noqa: N815
    deferred: int
    rules: list[FacetValue]
    lastCheckTime: str | None  # noqa: N815


class TaskStatisticsResponse(ReportFrame, kw_only=True):
    result: TaskStatistics


class TrendPoint(msgspec.Struct, kw_only=True):
    """One check: ``snapshotId`` is its id. Counts are of pending issues when it ended."""

    taskId: str  # noqa: N815
    snapshotId: str  # noqa: N815
    time: str | None
    commitId: str  # noqa: N815
    criticalCount: int  # noqa: N815
    majorCount: int  # noqa: N815
    minorCount: int  # noqa: N815
    suggestionCount: int  # noqa: N815
    issueCount: int  # noqa: N815
    newCount: int  # noqa: N815
    resolvedCount: int  # noqa: N815
    ignoredCount: int  # noqa: N815
    codeLine: int  # noqa: N815
    reviewResult: str | None  # noqa: N815


class TrendResponse(ReportFrame, kw_only=True):
    result: list[TrendPoint]


def issue_list(page: IssuePage, rules: RuleBook) -> IssueListResult:
    """A page of issues."""
    return IssueListResult(total=page.total, info=[IssueInfo(**_info(one, rules)) for one in page.issues])


def issue_detail(issue: CheckIssue, history: Sequence[CheckIssueEvent], rules: RuleBook) -> IssueDetail:
    """One issue with its history."""
    entries = [
        HistoryEntry(
            at=moment(one.at), by=one.by, statusId=V1_STATUS[IssueStatus(one.status)], comment=one.comment
        )
        for one in history
    ]
    return IssueDetail(**_info(issue, rules), history=entries)


def facets(found: Facets, rules: RuleBook, wanted: Sequence[str]) -> IssueFilterResult:
    """The values of the wanted properties, those with most issues first."""
    tags: Counter[str] = Counter()
    cwes: Counter[str] = Counter()
    for rule, count in found.rules.items():
        tags.update(dict.fromkeys(rules.tags(rule), count))
        cwes.update({str(number): count for number in rules.cwes(rule)})
    known: dict[str, Mapping[str, int]] = {
        "languages": found.languages,
        "ruleIds": found.rules,
        "authors": found.authors,
        "isNew": _flags(found.new),
        "statusIds": {V1_STATUS[IssueStatus(status)]: count for status, count in found.statuses.items()},
        "severities": {str(severity): count for severity, count in found.severities.items()},
        "delayStatus": _flags(found.deferred),
        "fileNames": found.paths,
        "userTags": tags,
        "cwes": cwes,
    }
    return IssueFilterResult(
        total=None, facets=[Facet(property=name, values=values_of(known[name])) for name in wanted]
    )


def task_statistics(state: TaskState) -> TaskStatistics:
    """How many issues a task has, by what lists are filtered by."""
    pending = [(one, count) for one, count in state.counts.items() if one.status in ACTIVE]
    official = [(one, count) for one, count in pending if not one.deferred]
    new = {one: count for one, count in official if one.is_new}
    rules: Counter[str] = Counter()
    for one, count in official:
        rules[one.rule] += count
    return TaskStatistics(
        taskId=state.task.id,
        severity=SeverityCounts(**dict(zip(_SEVERITIES, by_severity(state.counts), strict=True))),
        newSeverity=SeverityCounts(**dict(zip(_SEVERITIES, by_severity(new), strict=True))),
        pending=sum(count for _, count in official),
        resolved=with_status(state.counts, IssueStatus.RESOLVED),
        fixed=with_status(state.counts, IssueStatus.FIXED),
        ignored=with_status(state.counts, IssueStatus.IGNORED),
        notLookedFor=with_status(state.counts, IssueStatus.GONE),
        newCount=sum(new.values()),
        deferred=sum(count for one, count in pending if one.deferred),
        rules=values_of(rules),
        lastCheckTime=moment(state.scan.finished_at) if state.scan else None,
    )


_SEVERITIES = SeverityCounts.__struct_fields__


def trend_point(scan: CheckScan) -> TrendPoint:
    """One check of a trend."""
    counts = scan.counts or [0, 0, 0, 0]
    figures: dict[str, Any] = scan.figures
    return TrendPoint(
        taskId=scan.task_id,
        snapshotId=scan.id,
        time=moment(scan.finished_at),
        commitId=scan.commit_id,
        criticalCount=counts[0],
        majorCount=counts[1],
        minorCount=counts[2],
        suggestionCount=counts[3],
        issueCount=sum(counts),
        newCount=figures.get("new_issues", 0),
        resolvedCount=figures.get("resolved_issues", 0) + figures.get("fixed_issues", 0),
        ignoredCount=figures.get("ignored_issues", 0),
        codeLine=figures.get("code", 0),
        reviewResult=scan.gate or None,
    )


def next_statuses(known: Mapping[str, IssueStatus]) -> list[ToStatus]:
    """The statuses that people may give."""
    return [ToStatus(id=word, name=STATUS_NAMES[status]) for word, status in known.items()]


def _flags(counter: Mapping[bool, int]) -> dict[str, int]:
    return {str(int(flag)): count for flag, count in counter.items()}


def _info(issue: CheckIssue, rules: RuleBook) -> dict[str, Any]:
    return {
        "mergeKey": issue.id,
        "bugId": str(issue.number),
        "ruleId": issue.rule,
        "ruleName": rules.name(issue.rule),
        "checkerName": issue.engine,
        "userTags": ",".join(rules.tags(issue.rule)),
        "cwes": [str(number) for number in rules.cwes(issue.rule)],
        "language": issue.language,
        "severity": str(issue.severity),
        "statusId": V1_STATUS[IssueStatus(issue.status)],
        "isNew": str(int(issue.is_new)),
        "delayStatus": str(int(issue.deferred)),
        "author": issue.author,
        "owner": issue.owner,
        "filePath": issue.path,
        "lineNumber": issue.line,
        "columnNumber": issue.column,
        "endLineNumber": issue.end_line,
        "endColumnNumber": issue.end_column,
        "defectContent": issue.message,
        "fragment": fragment_of(issue),
        "events": events_of(issue),
        "fixes": issue.details.get("fixes", []),
        "alsoFoundBy": issue.details.get("also_found_by", []),
        "createdAt": moment(issue.found_at),
        "closedAt": moment(issue.closed_at),
        "comment": issue.comment,
        "statusBy": issue.status_by,
        "statusAt": moment(issue.status_at),
        "goneReason": issue.gone_reason,
        "edited": issue.edited,
        "fingerprint": issue.fingerprint,
    }
