"""Issues as v2 shows them, named as in the contract."""

from collections.abc import Mapping
from typing import Any

import msgspec

from bottega.check.api.issue_words import V2_STATUS
from bottega.check.api.task_arguments import moment
from bottega.check.issues.counting import Counted
from bottega.check.issues.rulebook import RuleBook
from bottega.check.issues.service import IssuePage, TaskState
from bottega.check.issues.states import ACTIVE, IssueStatus
from bottega.check.issues.tables import CheckIssue
from bottega.check.severities import Severity


class DefectFragmentV2(msgspec.Struct, kw_only=True):
    """A line of code. ``start_offset`` and ``end_offset`` are the columns that are meant, from 0, or -1."""

    line_num: str
    line_content: str
    start_offset: int = -1
    end_offset: int = -1


class DefectEvents(msgspec.Struct, kw_only=True):
    """A step on the way to a finding."""

    description: str
    line: int
    end_line: int
    code_context_start_line: int
    main: bool
    path: str
    tag: str = ""
    main_buggy_code: str = ""
    code_context: str = ""
    fix_suggestions: list[str] = []
    events: list["DefectEvents"] = []


class DefectInfoV2(msgspec.Struct, kw_only=True):
    """``defect_id`` and ``issue_key`` are the identity an issue keeps; an issue is one row."""

    defect_id: str
    defect_checker_name: str
    defect_status: str
    rule_system_tags: str
    rule_name: str
    line_number: str
    defect_content: str
    defect_level: str
    file_path: str
    created_at: str | None
    issue_key: str
    fragment: list[DefectFragmentV2]
    events: list[DefectEvents]


class ShowTaskDefectsResponse(msgspec.Struct, kw_only=True):
    defects: list[DefectInfoV2]
    total: int


class StatisticSeverityV2(msgspec.Struct, kw_only=True):
    """Pending issues."""

    critical: int
    major: int
    minor: int
    suggestion: int


class StatisticStatusV2(msgspec.Struct, kw_only=True):
    unresolved: int
    resolved: int
    dismissed: int


class ShowTaskDefectsStatisticResponse(msgspec.Struct, kw_only=True):
    """Deferred issues are not counted. The times are null unless they were asked for."""

    severity: StatisticSeverityV2
    status: StatisticStatusV2
    last_check_time: str | None = None
    last_check_finish_time: str | None = None


class UpdateDefectRequestBody(msgspec.Struct, kw_only=True):
    """``defect_id`` may name several, with commas between them."""

    defect_id: str
    defect_status: str


def defects(page: IssuePage, rules: RuleBook) -> ShowTaskDefectsResponse:
    """A page of issues."""
    return ShowTaskDefectsResponse(defects=[_defect(one, rules) for one in page.issues], total=page.total)


def statistic(state: TaskState, *, times: bool) -> ShowTaskDefectsStatisticResponse:
    """How many issues a task has."""
    severity = by_severity(state.counts)
    found = ShowTaskDefectsStatisticResponse(
        severity=StatisticSeverityV2(
            critical=severity[Severity.FATAL],
            major=severity[Severity.SERIOUS],
            minor=severity[Severity.GENERAL],
            suggestion=severity[Severity.HINT],
        ),
        status=StatisticStatusV2(
            unresolved=with_status(state.counts, *ACTIVE),
            resolved=with_status(state.counts, IssueStatus.RESOLVED, IssueStatus.FIXED),
            dismissed=with_status(state.counts, IssueStatus.IGNORED),
        ),
    )
    if times:
        found.last_check_time = moment(state.scan.started_at) if state.scan else None
        found.last_check_finish_time = moment(state.scan.finished_at) if state.scan else None
    return found


def by_severity(counts: Mapping[Counted, int]) -> list[int]:
    """Pending issues that count, by severity."""
    return [with_status(counts, *ACTIVE, severity=severity) for severity in Severity]


def with_status(counts: Mapping[Counted, int], *wanted: int, severity: int | None = None) -> int:
    """How many issues that are not deferred have one of these statuses."""
    return sum(
        count
        for one, count in counts.items()
        if one.status in wanted and not one.deferred and severity in {None, one.severity}
    )


def events_of(issue: CheckIssue) -> list[DefectEvents]:
    """The way to a finding; the suggestions how to mend it are with its main step, which there always is."""
    advice = [str(fix["description"]) for fix in issue.details.get("fixes", ()) if fix.get("description")]
    steps: list[dict[str, Any]] = issue.details.get("events", [])
    if not any(step.get("main") for step in steps):
        here = {"path": issue.path, "line": issue.line, "end_line": issue.end_line, "main": True}
        steps = [*steps, {**here, "description": issue.message}]
    lines: list[list[Any]] = issue.details.get("fragment", [])
    context = "\n".join(str(text) for _, text in lines)
    return [
        DefectEvents(
            description=step["description"],
            line=step["line"],
            end_line=step.get("end_line") or step["line"],
            code_context_start_line=lines[0][0] if lines and step.get("main") else step["line"],
            main=bool(step.get("main")),
            path=step["path"],
            code_context=context if step.get("main") else "",
            main_buggy_code=_line_of(lines, step["line"]) if step.get("main") else "",
            fix_suggestions=advice if step.get("main") else [],
        )
        for step in steps
    ]


def fragment_of(issue: CheckIssue) -> list[DefectFragmentV2]:
    """The lines around an issue, with the columns that are meant on its own lines."""
    found: list[DefectFragmentV2] = []
    for line, text in issue.details.get("fragment", ()):
        shown = DefectFragmentV2(line_num=str(line), line_content=text)
        if line == issue.line and issue.column:
            shown.start_offset = issue.column - 1
            if issue.end_line == line and issue.end_column:
                shown.end_offset = issue.end_column - 1
        found.append(shown)
    return found


def _line_of(lines: list[list[Any]], wanted: int) -> str:
    return next((str(text) for line, text in lines if line == wanted), "")


def _defect(issue: CheckIssue, rules: RuleBook) -> DefectInfoV2:
    return DefectInfoV2(
        defect_id=issue.id,
        defect_checker_name=rules.name(issue.rule),
        defect_status=V2_STATUS[IssueStatus(issue.status)],
        rule_system_tags=",".join(rules.tags(issue.rule)),
        rule_name=issue.rule,
        line_number=str(issue.line),
        defect_content=issue.message,
        defect_level=str(issue.severity),
        file_path=issue.path,
        created_at=moment(issue.found_at),
        issue_key=issue.id,
        fragment=fragment_of(issue),
        events=events_of(issue),
    )
