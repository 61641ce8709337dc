"""What one check of a task came to, named as in the contract.

Two figures of the service have formulas of ours, because its own are not published: ``risk_coefficient`` is the sum of
all pending issues weighted 5, 3, 1 and 0.1 by severity, ``code_quality`` the same per 1,000 lines of code.
"""

from typing import Any

import msgspec

from bottega.check.api.task_arguments import moment
from bottega.check.api.v2_issue_models import by_severity
from bottega.check.issues.service import TaskState
from bottega.check.issues.states import ACTIVE
from bottega.check.reports.health import grade, risk
from bottega.check.severities import Severity
from bottega.check.tasks.tables import CheckScan

PASSED, FAILED = "1", "0"
_PER_LINES = 1_000


class ShowTaskDetailResponse(msgspec.Struct, kw_only=True):
    """Figures are 0 while the task was never checked. ``is_access`` is 1 if the gate is passed and 0 if not, as
    ``review_result`` says in words. ``complexity_count`` are functions above the threshold. ``trigger_type`` has no
    published meaning.
    """

    task_id: str
    task_name: str
    creator_id: str
    git_url: str
    git_branch: str
    last_check_time: str | None
    code_line_total: int
    code_line: int
    code_quality: float
    issue_count: int
    risk_coefficient: float
    duplication_ratio: str
    complexity_count: int
    duplicated_lines: int
    comment_lines: int
    comment_ratio: str
    duplicated_blocks: int
    last_exec_time: str | None
    check_type: str
    created_at: str | None
    cyclomatic_complexity_per_method: str
    cyclomatic_complexity_per_file: str
    critical_count: str
    major_count: str
    minor_count: str
    suggestion_count: str
    is_access: str | None
    trigger_type: str | None
    file_duplication_ratio: str
    review_result: str | None
    new_count: int
    deferred_count: int
    coverage_complete: bool | None
    health_grade: str | None


def summary(state: TaskState, *, chinese: bool) -> ShowTaskDetailResponse:
    """The figures of a check, and the issues of its task as they are now."""
    task, scan = state.task, state.scan
    figures: dict[str, Any] = scan.figures if scan else {}

    def figure(name: str) -> int:
        return int(figures.get(name, 0))

    severity = by_severity(state.counts)
    pending = [(one, count) for one, count in state.counts.items() if one.status in ACTIVE]
    weighted = risk(severity)
    gate = scan.gate if scan else ""
    return ShowTaskDetailResponse(
        task_id=task.id,
        task_name=task.name,
        creator_id=task.creator_id,
        git_url=task.git_url,
        git_branch=(scan.branch if scan else "") or task.branch,
        last_check_time=moment(scan.finished_at) if scan else None,
        code_line_total=figure("lines"),
        code_line=figure("code"),
        code_quality=round(_PER_LINES * weighted / (figure("code") or 1), 2) if figure("code") else 0.0,
        issue_count=sum(severity),
        risk_coefficient=round(weighted, 1),
        duplication_ratio=percent(figure("duplicated_lines"), figure("code")),
        complexity_count=figure("complex_functions"),
        duplicated_lines=figure("duplicated_lines"),
        comment_lines=figure("comments"),
        comment_ratio=percent(figure("comments"), figure("comments") + figure("code")),
        duplicated_blocks=figure("duplicated_blocks"),
        last_exec_time=duration(scan, chinese=chinese),
        check_type="source",
        created_at=moment(task.created_at),
        cyclomatic_complexity_per_method=_average(figure("complexity"), figure("functions")),
        cyclomatic_complexity_per_file=_average(figure("complexity"), figure("files")),
        critical_count=str(severity[Severity.FATAL]),
        major_count=str(severity[Severity.SERIOUS]),
        minor_count=str(severity[Severity.GENERAL]),
        suggestion_count=str(severity[Severity.HINT]),
        is_access={"success": PASSED, "error": FAILED}.get(gate),
        trigger_type=None,
        file_duplication_ratio=percent(figure("duplicated_files"), figure("files")),
        review_result=gate or None,
        new_count=sum(count for one, count in pending if one.is_new and not one.deferred),
        deferred_count=sum(count for one, count in pending if one.deferred),
        coverage_complete=scan.coverage.get("complete") if scan else None,
        health_grade=grade(severity, figure("code")),
    )


def percent(part: int, whole: int) -> str:
    """``33.3%``; of nothing it is 0."""
    return f"{100 * part / whole if whole else 0:.1f}%"


def _average(total: int, count: int) -> str:
    return f"{total / count if count else 0:.2f}"


def duration(scan: CheckScan | None, *, chinese: bool) -> str | None:
    """How long a check took, as people read it."""
    if scan is None or scan.finished_at is None or scan.started_at is None:
        return None
    minutes, seconds = divmod(max(scan.finished_at - scan.started_at, 0) // 1000, 60)
    return f"{minutes} 分 {seconds} 秒" if chinese else f"{minutes} min {seconds} s"
