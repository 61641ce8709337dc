"""Groups of check tasks, v4. The live service documents their list; what changes them here is our own."""

from typing import Annotated

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter

from bottega.check.api.families import check
from bottega.check.api.task_arguments import ProjectId
from bottega.check.identifiers import HEX32_PATTERN, NAME_PATTERN, OPTIONAL_HEX32_PATTERN
from bottega.check.tasks.groups import MAX_MOVED, TaskGroups
from bottega.documented import documented
from bottega.http.operation import op
from bottega.iam.principal import Principal

GroupId = Annotated[
    str, PathParameter(description="Id of a group of check tasks", schema_extra={"pattern": HEX32_PATTERN})
]


class TaskGroup(msgspec.Struct, kw_only=True):
    """``task_count`` counts tasks of whole families once."""

    id: str
    name: str
    task_count: int


class TaskGroupsResponse(msgspec.Struct, kw_only=True):
    data: list[TaskGroup]
    total: int


class TaskGroupBody(msgspec.Struct, kw_only=True):
    name: Annotated[str, documented(pattern=NAME_PATTERN)]


class TaskGroupResponse(msgspec.Struct, kw_only=True):
    result: TaskGroup


class TaskGroupChangedResponse(msgspec.Struct, kw_only=True):
    result: bool = True


class MoveTasksBody(msgspec.Struct, kw_only=True):
    """Tasks of default branches. An empty ``group_id`` takes them out of their groups."""

    task_ids: Annotated[list[str], documented(min_items=1, max_items=MAX_MOVED)]
    group_id: Annotated[str | None, documented(pattern=OPTIONAL_HEX32_PATTERN)] = None


@get("/v4/projects/{project_id:str}/task-groups", **op("list_task_groups", "List groups of check tasks"))
def list_task_groups(
    principal: NamedDependency[Principal],
    check_groups: NamedDependency[TaskGroups],
    project_id: ProjectId,
) -> TaskGroupsResponse:
    found = check_groups.of_project(principal, project_id)
    data = [TaskGroup(id=one.id, name=one.name, task_count=one.tasks) for one in found]
    return TaskGroupsResponse(data=data, total=len(data))


@post(
    "/v4/projects/{project_id:str}/task-groups",
    **op("create_task_group", "Create a group of check tasks"),
)
def create_task_group(
    principal: NamedDependency[Principal],
    check_groups: NamedDependency[TaskGroups],
    project_id: ProjectId,
    data: JSONBody[TaskGroupBody],
) -> TaskGroupResponse:
    made = check_groups.create(principal, project_id, data.name)
    return TaskGroupResponse(result=TaskGroup(id=made.id, name=made.name, task_count=0))


@post(
    "/v4/projects/{project_id:str}/task-groups/move",
    **op("move_tasks_to_group", "Put check tasks into a group, or into none"),
)
def move_tasks_to_group(
    principal: NamedDependency[Principal],
    check_groups: NamedDependency[TaskGroups],
    project_id: ProjectId,
    data: JSONBody[MoveTasksBody],
) -> TaskGroupChangedResponse:
    check_groups.move(principal, project_id, data.group_id or "", data.task_ids)
    return TaskGroupChangedResponse()


@put(
    "/v4/projects/{project_id:str}/task-groups/{task_group_id:str}",
    **op("update_task_group", "Rename a group of check tasks"),
)
def update_task_group(
    principal: NamedDependency[Principal],
    check_groups: NamedDependency[TaskGroups],
    project_id: ProjectId,
    task_group_id: GroupId,
    data: JSONBody[TaskGroupBody],
) -> TaskGroupChangedResponse:
    check_groups.rename(principal, project_id, task_group_id, data.name)
    return TaskGroupChangedResponse()


@delete(
    "/v4/projects/{project_id:str}/task-groups/{task_group_id:str}",
    **op("delete_task_group", "Delete a group; its check tasks are in none then"),
)
def delete_task_group(
    principal: NamedDependency[Principal],
    check_groups: NamedDependency[TaskGroups],
    project_id: ProjectId,
    task_group_id: GroupId,
) -> TaskGroupChangedResponse:
    check_groups.delete(principal, project_id, task_group_id)
    return TaskGroupChangedResponse()


ROUTER = check(
    [list_task_groups, create_task_group, move_tasks_to_group, update_task_group, delete_task_group]
)
