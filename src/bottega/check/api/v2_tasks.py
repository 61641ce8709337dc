"""Check tasks, v2: create, delete, list."""

from typing import Annotated

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from bottega.check.api.families import check
from bottega.check.api.nothing import AnswersNull
from bottega.check.api.task_arguments import (
    Offset,
    ProjectId,
    TaskId,
    check_limit,
    check_offset,
    check_search,
    limit_of,
)
from bottega.check.api.task_models import (
    CreateTaskRequestV2,
    CreateTaskResponse,
    ShowTaskListByProjectIdResponse,
    simple,
)
from bottega.check.tasks.listing import CheckTaskLists, TaskFilter
from bottega.check.tasks.removal import TaskRemoval
from bottega.check.tasks.service import CheckTaskService
from bottega.http.operation import op
from bottega.iam.principal import Principal

MAX_LIMIT = 100


@post("/v2/{project_id:str}/task", **op("create_task", "Create a check task"))
def create_task(
    principal: NamedDependency[Principal],
    check_tasks: NamedDependency[CheckTaskService],
    project_id: ProjectId,
    data: JSONBody[CreateTaskRequestV2],
) -> CreateTaskResponse:
    return CreateTaskResponse(task_id=check_tasks.create(principal, project_id, data.new()).id)


@delete(
    "/v2/tasks/{task_id:str}",
    **op("delete_task", "Delete a check task with all it has", operation_class=AnswersNull),
)
def delete_task(
    principal: NamedDependency[Principal], check_removal: NamedDependency[TaskRemoval], task_id: TaskId
) -> None:
    check_removal.delete(principal, task_id)


@get("/v2/{project_id:str}/tasks", **op("show_task_list_by_project_id", "List the check tasks of a project"))
def show_task_list_by_project_id(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    check_lists: NamedDependency[CheckTaskLists],
    project_id: ProjectId,
    offset: Offset = 0,
    limit: Annotated[int, limit_of(MAX_LIMIT)] = 10,
    task_name: FromQuery[str] = "",
) -> ShowTaskListByProjectIdResponse:
    size = check_limit(limit, MAX_LIMIT)
    where = TaskFilter(project_id=project_id, text=check_search(task_name, "task_name"))
    # This offset is a number of pages.
    found = check_lists.page(principal, where, offset=check_offset(offset) * size, limit=size)
    return ShowTaskListByProjectIdResponse(tasks=[simple(row) for row in found.rows], total=found.total)


ROUTER = check([create_task, delete_task, show_task_list_by_project_id])
