"""A check in sentences, v1. The live service asks a language model for them; here they follow from the figures."""

import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from bottega.check.api.families import ReportFrame, check
from bottega.check.api.issue_arguments import scan_of
from bottega.check.api.sentences import sentences
from bottega.check.api.task_arguments import ProjectIdQuery
from bottega.check.api.text_language import AcceptLanguage, in_english
from bottega.check.errors import UnknownTask
from bottega.check.identifiers import check_id
from bottega.check.issues.service import IssueService
from bottega.http.operation import op
from bottega.iam.principal import Principal


class TaskSummaryRequest(msgspec.Struct, kw_only=True):
    task_id: str
    merge_id: str | None = None
    job_id: str | None = None


class TaskSummaryResponse(ReportFrame, kw_only=True):
    result: str


@post(
    "/v1/defects/assistant-analysis/task-summary",
    **op("extract_task_assistant_summary", "Sum up a check in sentences"),
)
def extract_task_assistant_summary(
    principal: NamedDependency[Principal],
    issues: NamedDependency[IssueService],
    data: JSONBody[TaskSummaryRequest],
    project_id: ProjectIdQuery = "",
    accepted: AcceptLanguage = "",
) -> TaskSummaryResponse:
    if project_id:
        check_id(project_id, "project_id")
    state = issues.state(principal, data.task_id, scan_of(data.merge_id, data.job_id))
    if project_id not in {"", state.task.project_id}:
        raise UnknownTask(data.task_id)
    return TaskSummaryResponse(result=sentences(state, issues.rules, chinese=not in_english(accepted)))


ROUTER = check([extract_task_assistant_summary])
