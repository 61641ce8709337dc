"""The issues of a task as files. They are read some at a time, so that no file is ever in memory as a whole."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from bottega import __version__
from bottega.check.access import Action
from bottega.check.findings import Event, Finding, Fix
from bottega.check.issues.counting import counts_of
from bottega.check.issues.filters import IssueFilter
from bottega.check.issues.rulebook import RuleBook
from bottega.check.issues.service import task_of
from bottega.check.issues.states import STATUS_NAMES, IssueStatus
from bottega.check.issues.tables import CheckIssue
from bottega.check.reports import sarif_out
from bottega.check.reports.spreadsheet import sheet
from bottega.check.scanning.plan import EngineReport
from bottega.check.scans.states import ScanState
from bottega.check.severities import Severity
from bottega.check.tasks import reading
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.check.times import moment
from bottega.iam.principal import Principal
from bottega.store.database import Database

PAGE = 1_000
"""Rows that are read at a time."""

COLUMNS = (
    "number",
    "id",
    "severity",
    "status",
    "new",
    "deferred",
    "rule",
    "rule_name",
    "language",
    "path",
    "line",
    "column",
    "message",
    "function",
    "owner",
    "author",
    "cwe",
    "tags",
    "found_at",
    "comment",
)

_CLOSED = frozenset({IssueStatus.FIXED, IssueStatus.GONE})


class IssueFile(msgspec.Struct, frozen=True):
    """``name`` without an ending. ``pieces`` are read from the database while they are sent."""

    name: str
    pieces: Iterator[bytes]


class IssueExport:
    """Needs the right to see the task's report. Raises :class:`Invalid`, :class:`UnknownTask`, :class:`UnknownScan`,
    :class:`Forbidden`, before anything is sent. ``scan_id`` is as in
    :class:`~bottega.check.issues.service.IssueService`; ``where`` asks for nothing but what is counted.
    """

    def __init__(self, database: Database, rules: RuleBook) -> None:
        self._database = database
        self._rules = rules

    def csv(self, principal: Principal, task_id: str, where: IssueFilter, scan_id: str = "") -> IssueFile:
        """A table with ``COLUMNS``, in the order in which the issues were found."""
        self._rules.all()
        with self._database.read() as session:
            task = task_of(session, principal, task_id, scan_id, Action.GET_REPORT)
        pages = self._pages(task.id, where)
        return IssueFile(task.name, sheet(COLUMNS, ([self._row(one) for one in page] for page in pages)))

    def sarif(self, principal: Principal, task_id: str, where: IssueFilter, scan_id: str = "") -> IssueFile:
        """A SARIF log with one run: ignored issues are suppressed, those a check has closed are absent."""
        self._rules.all()
        with self._database.read() as session:
            task = task_of(session, principal, task_id, scan_id, Action.GET_REPORT)
            scan = reading.latest(session, task, ScanState.SUCCESS)
            rules = sorted({one.rule for one in counts_of(session, task.id) if where.has(one)})
        return IssueFile(task.name, self._log(task, scan, rules, self._pages(task.id, where)))

    def _pages(self, task_id: str, where: IssueFilter) -> Iterator[Sequence[CheckIssue]]:
        after = 0
        while True:
            query = (
                select(CheckIssue)
                .where(where.condition(task_id), CheckIssue.number > after)
                .order_by(CheckIssue.number)
                .limit(PAGE)
            )
            with self._database.read() as session:
                rows = session.scalars(query).all()
            if rows:
                yield rows
                after = rows[-1].number
            if len(rows) < PAGE:
                return

    def _row(self, one: CheckIssue) -> list[object]:
        return [
            one.number,
            one.id,
            Severity(one.severity).name.lower(),
            STATUS_NAMES[IssueStatus(one.status)],
            one.is_new,
            one.deferred,
            one.rule,
            self._rules.name(one.rule),
            one.language,
            one.path,
            one.line,
            one.column,
            one.message,
            one.scope,
            one.owner,
            one.author,
            self._rules.cwes(one.rule),
            self._rules.tags(one.rule),
            moment(one.found_at),
            one.comment,
        ]

    def _log(
        self,
        task: CheckTask,
        scan: CheckScan | None,
        rules: Sequence[str],
        pages: Iterable[Sequence[CheckIssue]],
    ) -> Iterator[bytes]:
        driver = {
            "name": sarif_out.TOOL,
            "semanticVersion": __version__,
            "rules": [sarif_out.described(rule, self._rules.facts(rule)) for rule in rules],
        }
        run: dict[str, Any] = {
            "tool": {"driver": driver},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": sarif_out.BASES,
            "automationDetails": {"id": f"{task.name}/{task.branch}/"},
            **(_of_scan(scan) if scan else {}),
        }
        if scan and scan.commit_id and task.git_url.startswith(("https://", "http://")):
            source = {"repositoryUri": task.git_url, "revisionId": scan.commit_id, "branch": task.branch}
            run["versionControlProvenance"] = [source]
        places = {rule: number for number, rule in enumerate(rules)}
        begin = msgspec.json.encode({"$schema": sarif_out.SCHEMA, "version": "2.1.0"})
        yield begin[:-1] + b',"runs":[' + msgspec.json.encode(run)[:-1] + b',"results":['
        first = True
        for page in pages:
            results = b",".join(msgspec.json.encode(_result(one, places.get(one.rule))) for one in page)
            yield results if first else b"," + results
            first = False
        yield b"]}]}\n"


def _result(one: CheckIssue, index: int | None) -> dict[str, Any]:
    details = one.details
    finding = Finding(
        rule=one.rule,
        path=one.path,
        language=one.language,
        severity=one.severity,
        message=one.message,
        line=one.line,
        column=one.column,
        end_line=one.end_line,
        end_column=one.end_column,
        scope=one.scope,
        fragment=tuple((line, text) for line, text in details.get("fragment", ())),
        events=msgspec.convert(details.get("events", []), tuple[Event, ...]),
        fixes=msgspec.convert(details.get("fixes", []), tuple[Fix, ...]),
        also=tuple(details.get("also_found_by", ())),
    )
    made = sarif_out.found(finding, index, one.fingerprint)
    status = IssueStatus(one.status)
    made["baselineState"] = "absent" if status in _CLOSED else "new" if one.is_new else "unchanged"
    made["properties"] |= {"issue": one.id, "status": STATUS_NAMES[status], "deferred": one.deferred}
    if one.owner:
        made["properties"]["owner"] = one.owner
    if status is IssueStatus.IGNORED:
        suppression = {"kind": "external", "status": "accepted"}
        made["suppressions"] = [suppression | ({"justification": one.comment} if one.comment else {})]
    return made


def _of_scan(scan: CheckScan) -> dict[str, Any]:
    """What the newest check looked at, and what it did not."""
    reports = msgspec.convert(scan.coverage.get("engines", []), list[EngineReport])
    missed = [
        sarif_out.notice(
            "warning", f"not analysed by {engine}: {why}" if engine else f"not analysed: {why}", path
        )
        for path, engine, why in scan.coverage.get("missed", ())
    ]
    invocation: dict[str, Any] = {
        "executionSuccessful": sarif_out.all_worked(reports),
        "toolExecutionNotifications": [
            *sarif_out.scan_notices(
                reports, [*scan.coverage.get("limits", ()), *scan.coverage.get("notes", ())]
            ),
            *missed,
        ],
    }
    if scan.finished_at:
        invocation["endTimeUtc"] = moment(scan.finished_at)
    return {"invocations": [invocation]}
