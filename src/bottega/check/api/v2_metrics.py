"""The measures of a check, v2."""

from litestar import get
from litestar.di import NamedDependency

from bottega.check.api.families import check
from bottega.check.api.metric_models import ShowTaskCmetricsResponse, measures
from bottega.check.api.task_arguments import ProjectId, TaskId
from bottega.check.api.text_language import AcceptLanguage, in_english
from bottega.check.errors import UnknownTask
from bottega.check.identifiers import check_id
from bottega.check.issues.service import IssueService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@get(
    "/v2/{project_id:str}/tasks/{task_id:str}/metrics-summary",
    **op("show_task_cmetrics", "Show the measures of a check task"),
)
def show_task_cmetrics(
    principal: NamedDependency[Principal],
    issues: NamedDependency[IssueService],
    project_id: ProjectId,
    task_id: TaskId,
    accepted: AcceptLanguage = "",
) -> ShowTaskCmetricsResponse:
    check_id(project_id, "project_id")
    state = issues.state(principal, task_id)
    if state.task.project_id != project_id:
        raise UnknownTask(task_id)
    return measures(state, chinese=not in_english(accepted))


ROUTER = check([show_task_cmetrics])
