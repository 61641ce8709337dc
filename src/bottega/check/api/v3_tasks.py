"""Check tasks, v3: create, show, delete; the tasks of branches."""

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from bottega.check.api.basic_models import (
    BranchTasksResponse,
    CreateTaskV3RequestBody,
    CreateTaskV3Response,
    DeleteTaskV3Response,
    GetTaskInfoResponse,
    basic_info,
    branch_info,
)
from bottega.check.api.families import check
from bottega.check.api.task_arguments import ProjectId, TaskId, check_search
from bottega.check.tasks.families import BRANCH
from bottega.check.tasks.listing import CheckTaskLists
from bottega.check.tasks.removal import TaskRemoval
from bottega.check.tasks.service import CheckTaskService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@post("/v3/task", **op("create_task_v3", "Create a check task (v3)"))
def create_task_v3(
    principal: NamedDependency[Principal],
    check_tasks: NamedDependency[CheckTaskService],
    data: JSONBody[CreateTaskV3RequestBody],
) -> CreateTaskV3Response:
    return CreateTaskV3Response(result=check_tasks.create(principal, data.project_id, data.new()).id)


@get("/v3/task/{task_id:str}", **op("get_task_info_by_id", "Show a check task"))
def get_task_info_by_id(
    principal: NamedDependency[Principal],
    check_tasks: NamedDependency[CheckTaskService],
    task_id: TaskId,
    merge_id: FromQuery[str] = "",
    job_id: FromQuery[str] = "",
) -> GetTaskInfoResponse:
    shown = check_tasks.show(principal, task_id)
    scan = check_tasks.scan(principal, task_id, job_id, check_search(merge_id, "merge_id"))
    return GetTaskInfoResponse(result=basic_info(shown, scan))


@delete("/v3/task/{task_id:str}", **op("delete_task_v3", "Delete a check task with all it has (v3)"))
def delete_task_v3(
    principal: NamedDependency[Principal], check_removal: NamedDependency[TaskRemoval], task_id: TaskId
) -> DeleteTaskV3Response:
    check_removal.delete(principal, task_id)
    return DeleteTaskV3Response()


@get(
    "/v3/{project_id:str}/tasks/{task_id:str}/branches",
    **op("list_branch_tasks", "List the tasks of branches"),
)
def list_branch_tasks(
    principal: NamedDependency[Principal],
    check_lists: NamedDependency[CheckTaskLists],
    project_id: ProjectId,
    task_id: TaskId,
) -> BranchTasksResponse:
    found, total = check_lists.family(principal, task_id, BRANCH, project_id=project_id)
    return BranchTasksResponse(info=[branch_info(one) for one in found], total=total)


ROUTER = check([create_task_v3, get_task_info_by_id, delete_task_v3, list_branch_tasks])
