"""Issues, v1: lists, facets, statuses, owners, and one issue with its code and history."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from bottega.check.api import issue_words
from bottega.check.api.families import check
from bottega.check.api.issue_arguments import (
    MAX_LIMIT,
    IssueId,
    JobId,
    MergeId,
    TaskIdQuery,
    checked,
    scan_of,
    words,
)
from bottega.check.api.task_arguments import check_limit, check_page
from bottega.check.api.v1_issue_filters import PLACES, facets_of, filter_of
from bottega.check.api.v1_issue_models import (
    CHANGED,
    IssueDetailResponse,
    IssueFilterRequest,
    IssueFilterResponse,
    IssueListRequest,
    IssueListResponse,
    NextStatusResponse,
    TextResponse,
    UpdateIssueOwnerRequest,
    UpdateIssueStatusRequest,
    facets,
    issue_detail,
    issue_list,
    next_statuses,
)
from bottega.check.issues.changing import IssueChanges
from bottega.check.issues.service import IssueService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@post("/v1/defect/issue-list-by-filter", **op("issue_list_by_filter", "List issues by many filters"))
def issue_list_by_filter(
    principal: NamedDependency[Principal],
    issues: NamedDependency[IssueService],
    data: JSONBody[IssueListRequest],
) -> IssueListResponse:
    where = filter_of(data, issues.rules)
    size = check_limit(data.pageSize, MAX_LIMIT, "pageSize")
    offset = (check_page(data.page) - 1) * size
    scan_id = scan_of(data.mergeId, data.jobId, "jobId")
    found = issues.page(principal, data.taskId, where, offset, size, scan_id)
    return IssueListResponse(result=issue_list(found, issues.rules))


@post("/v1/defect/issue-filter", **op("issue_filter", "Count issues by what lists are filtered by"))
def issue_filter(
    principal: NamedDependency[Principal],
    issues: NamedDependency[IssueService],
    data: JSONBody[IssueFilterRequest],
) -> IssueFilterResponse:
    wanted = facets_of(data.facets)
    where = filter_of(data, issues.rules)
    scan_id = scan_of(data.mergeId, data.jobId, "jobId")
    places = not PLACES.isdisjoint(wanted)
    found = issues.facets(principal, data.taskId, where, scan_id, places=places)
    return IssueFilterResponse(result=facets(found, issues.rules, wanted))


@post("/v1/defect/issue-status", **op("update_issue_status", "Say what becomes of issues"))
def update_issue_status(
    principal: NamedDependency[Principal],
    issue_changes: NamedDependency[IssueChanges],
    data: JSONBody[UpdateIssueStatusRequest],
) -> TextResponse:
    status = issue_words.said(data.status, issue_words.V1_SAID, "status")
    scan_id = scan_of(data.mergeId, data.jobId, "jobId")
    issue_changes.say(principal, data.taskId, _keys(data.mergeKey), status, data.comment or "", scan_id)
    return TextResponse(result=CHANGED)


@post("/v1/defect/issue-owner", **op("update_issue_owner", "Make somebody responsible for issues"))
def update_issue_owner(
    principal: NamedDependency[Principal],
    issue_changes: NamedDependency[IssueChanges],
    data: JSONBody[UpdateIssueOwnerRequest],
) -> TextResponse:
    scan_id = scan_of(data.mergeId, data.jobId, "jobId")
    issue_changes.hand_over(principal, data.taskId, _keys(data.mergeKey), data.owner, scan_id)
    return TextResponse(result=CHANGED)


@get("/v1/defects/next-status", **op("next_status", "List the statuses that people may give issues"))
def next_status() -> NextStatusResponse:
    return NextStatusResponse(result=next_statuses(issue_words.V1_SAID))


@get("/v1/defect", **op("show_issue", "Show an issue with its history"))
def show_issue(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    issues: NamedDependency[IssueService],
    task_id: TaskIdQuery,
    merge_key: IssueId,
    merge_id: MergeId = "",
    job_id: JobId = "",
) -> IssueDetailResponse:
    issue, history = issues.issue(principal, task_id, merge_key, scan_of(merge_id, job_id))
    return IssueDetailResponse(result=issue_detail(issue, history, issues.rules))


def _keys(keys: str | list[str]) -> list[str]:
    return words(keys, "mergeKey") if isinstance(keys, str) else checked(keys, "mergeKey")


ROUTER = check(
    [
        issue_list_by_filter,
        issue_filter,
        update_issue_status,
        update_issue_owner,
        next_status,
        show_issue,
    ]
)
