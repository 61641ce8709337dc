"""Issues, v2: lists, totals, statuses, and the summary of a check."""

from typing import Annotated

from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter

from bottega.check.api import issue_words
from bottega.check.api.families import check
from bottega.check.api.issue_arguments import (
    MAX_LIMIT,
    DelayStatus,
    JobId,
    MergeId,
    Row,
    Severities,
    StatusIds,
    scan_of,
    words,
)
from bottega.check.api.nothing import AnswersNull
from bottega.check.api.summary_models import ShowTaskDetailResponse, summary
from bottega.check.api.task_arguments import TaskId, check_limit, check_offset
from bottega.check.api.text_language import AcceptLanguage, in_english
from bottega.check.api.v2_issue_models import (
    ShowTaskDefectsResponse,
    ShowTaskDefectsStatisticResponse,
    UpdateDefectRequestBody,
    defects,
    statistic,
)
from bottega.check.issues.changing import IssueChanges
from bottega.check.issues.filters import IssueFilter
from bottega.check.issues.service import IssueService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@get("/v2/tasks/{task_id:str}/defects-detail", **op("show_task_defects", "List the issues of a check task"))
def show_task_defects(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    issues: NamedDependency[IssueService],
    task_id: TaskId,
    offset: Row = 0,
    limit: Annotated[
        int, QueryParameter(description="Rows of a page", schema_extra={"minimum": 1, "maximum": MAX_LIMIT})
    ] = 10,
    status_ids: StatusIds = "0",
    severity: Severities = "",
    delay_status: DelayStatus = "0",
    merge_id: MergeId = "",
    job_id: JobId = "",
) -> ShowTaskDefectsResponse:
    wanted = words(status_ids, "status_ids") or ["0"]
    grave = words(severity, "severity")
    where = IssueFilter(
        statuses=issue_words.statuses(wanted, issue_words.V2_WANTED, "status_ids"),
        severities=issue_words.severities(grave, "severity") if grave else None,
        deferred=issue_words.deferred(words(delay_status, "delay_status") or ["0"], "delay_status"),
    )
    rows, size = check_offset(offset), check_limit(limit, MAX_LIMIT)
    found = issues.page(principal, task_id, where, rows, size, scan_of(merge_id, job_id))
    return defects(found, issues.rules)


@get(
    "/v2/tasks/{task_id:str}/defects-statistic",
    **op("show_task_defects_statistic", "Count the issues of a check task"),
)
def show_task_defects_statistic(
    principal: NamedDependency[Principal],
    issues: NamedDependency[IssueService],
    task_id: TaskId,
    time_info_switch: FromQuery[bool] = False,
) -> ShowTaskDefectsStatisticResponse:
    return statistic(issues.state(principal, task_id), times=time_info_switch)


@get("/v2/tasks/{task_id:str}/defects-summary", **op("show_task_detail", "Show what a check came to"))
def show_task_detail(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    issues: NamedDependency[IssueService],
    task_id: TaskId,
    merge_id: MergeId = "",
    job_id: JobId = "",
    accepted: AcceptLanguage = "",
) -> ShowTaskDetailResponse:
    state = issues.state(principal, task_id, scan_of(merge_id, job_id))
    return summary(state, chinese=not in_english(accepted))


@put(
    "/v2/tasks/{task_id:str}/defect-status",
    **op("update_defect_status", "Say what becomes of issues", operation_class=AnswersNull),
)
def update_defect_status(
    principal: NamedDependency[Principal],
    issue_changes: NamedDependency[IssueChanges],
    task_id: TaskId,
    data: JSONBody[UpdateDefectRequestBody],
) -> None:
    status = issue_words.said(data.defect_status, issue_words.V2_SAID, "defect_status")
    issue_changes.say(principal, task_id, words(data.defect_id, "defect_id"), status)


ROUTER = check([show_task_defects, show_task_defects_statistic, show_task_detail, update_defect_status])
