"""Check tasks, v4: families, templates, files, repositories."""

from typing import Annotated

import msgspec
from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from bottega.check.api.basic_models import CheckListResult, ShowCheckListResponse, check_list_item
from bottega.check.api.families import check
from bottega.check.api.task_arguments import (
    Offset,
    PageNumber,
    ProjectIdQuery,
    TaskId,
    check_limit,
    check_offset,
    check_page,
    check_search,
    limit_of,
    read_moment,
)
from bottega.check.tasks.changing import TaskChanges
from bottega.check.tasks.code import TaskCode
from bottega.check.tasks.families import BRANCH, COMMIT, KINDS, MERGE
from bottega.check.tasks.ignoring import Node
from bottega.check.tasks.listing import CheckTaskLists, TaskFilter
from bottega.check.tasks.repositories import short_name
from bottega.check.tasks.service import CheckTaskService
from bottega.check.tasks.texts import checked_word
from bottega.check.tasks.trees import TaskTrees
from bottega.http.operation import op
from bottega.iam.principal import Principal

MAX_SIZE = 200
MAX_BRANCHES = 1000

Size = Annotated[int, limit_of(MAX_SIZE)]


class FileNode(msgspec.Struct, kw_only=True):
    """``checkbox_status``: unchecked is looked at, all is ignored, half has something ignored in it."""

    file_path: str
    checkbox_status: str
    name: str | None = None
    is_leaf: bool | None = None


class FileNodesResponse(msgspec.Struct, kw_only=True):
    data: list[FileNode]
    total: int


class IgnoreFilesRequestBody(msgspec.Struct, kw_only=True):
    nodes: list[FileNode]


class IgnoreFilesResponse(msgspec.Struct, kw_only=True):
    result: str


class TemplateTask(msgspec.Struct, kw_only=True):
    id: str
    taskId: str  # noqa: N815 - as on the wire
    name: str
    project_id: str
    repo_url: str
    branch: str


class TemplateTasksResponse(msgspec.Struct, kw_only=True):
    data: list[TemplateTask]
    total: int


class NamesResponse(msgspec.Struct, kw_only=True):
    data: list[str]
    total: int


class Repository(msgspec.Struct, kw_only=True):
    repo_name: str
    repo_url: str


class RepositoriesResponse(msgspec.Struct, kw_only=True):
    data: list[Repository]
    total: int


@get("/v4/task/{task_id:str}/check-list", **op("show_check_list", "List the tasks of a family by kind"))
def show_check_list(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    check_lists: NamedDependency[CheckTaskLists],
    task_id: TaskId,
    check_type: FromQuery[str] = BRANCH,
    page: PageNumber = 1,
    page_size: Size = 10,
    search: FromQuery[str] = "",
    time_start: FromQuery[str] = "",
    time_end: FromQuery[str] = "",
) -> ShowCheckListResponse:
    kind = checked_word(check_type, "check_type", KINDS)
    # As documented: names are for branches and tags, times for merge requests and commits.
    timed = kind in {MERGE, COMMIT}
    since = read_moment(time_start, "time_start") if time_start else None
    until = read_moment(time_end, "time_end") if time_end else None
    size = check_limit(page_size, MAX_SIZE, "page_size")
    found, total = check_lists.family(
        principal,
        task_id,
        kind,
        text="" if timed else check_search(search, "search"),
        since=since if timed else None,
        until=until if timed else None,
        offset=(check_page(page) - 1) * size,
        limit=size,
    )
    return ShowCheckListResponse(
        result=CheckListResult(total=total, list=[check_list_item(one) for one in found])
    )


@put("/v4/task/{task_id:str}/ignore-files", **op("update_ignore_files", "Ignore files of a task (v4)"))
def update_ignore_files(
    principal: NamedDependency[Principal],
    check_changes: NamedDependency[TaskChanges],
    task_id: TaskId,
    data: JSONBody[IgnoreFilesRequestBody],
) -> IgnoreFilesResponse:
    nodes = [(one.file_path, one.checkbox_status) for one in data.nodes]
    check_changes.ignore(principal, task_id, nodes, field="nodes")
    return IgnoreFilesResponse(result="更新忽略文件成功")


@get("/v4/tasks/{task_id:str}/file-list", **op("list_ignored_files", "List what a task ignores"))
def list_ignored_files(
    principal: NamedDependency[Principal], check_tasks: NamedDependency[CheckTaskService], task_id: TaskId
) -> FileNodesResponse:
    paths = check_tasks.show(principal, task_id).settings.ignore
    nodes = [FileNode(name=path.rpartition("/")[2], file_path=path, checkbox_status="all") for path in paths]
    return FileNodesResponse(data=nodes, total=len(nodes))


@get(
    "/v4/tasks/{task_id:str}/all-files",
    **op("list_all_files", "List a folder of a task's repository (v4)", threaded=False),
)
async def list_all_files(
    principal: NamedDependency[Principal],
    check_trees: NamedDependency[TaskTrees],
    task_id: TaskId,
    file_path: FromQuery[str] = "",
    get_son: FromQuery[bool] = True,
) -> FileNodesResponse:
    if get_son or not file_path.strip("/"):
        nodes = await check_trees.level(principal, task_id, file_path, field="file_path")
    else:
        above, _, name = file_path.strip("/").rpartition("/")
        beside = await check_trees.level(principal, task_id, above, field="file_path")
        nodes = [node for node in beside if node.name == name]
    return FileNodesResponse(data=[_node(node) for node in nodes], total=len(nodes))


@get("/v4/template-tasks", **op("show_template_tasks", "List tasks that are templates"))
def show_template_tasks(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    check_lists: NamedDependency[CheckTaskLists],
    project_id: ProjectIdQuery = "",
    page: Offset = 0,
    page_size: Size = 10,
    search: FromQuery[str] = "",
) -> TemplateTasksResponse:
    size = check_limit(page_size, MAX_SIZE, "page_size")
    where = TaskFilter(project_id=project_id, text=check_search(search, "search"), templates=True)
    found = check_lists.page(principal, where, offset=check_offset(page, "page") * size, limit=size)
    tasks = [row.task for row in found.rows]
    return TemplateTasksResponse(
        data=[
            TemplateTask(
                id=task.id,
                taskId=task.id,
                name=task.name,
                project_id=task.project_id,
                repo_url=task.git_url,
                branch=task.branch,
            )
            for task in tasks
        ],
        total=found.total,
    )


@get("/v4/codehub/repo-list", **op("list_check_repositories", "List the repositories that check tasks name"))
def list_check_repositories(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    check_lists: NamedDependency[CheckTaskLists],
    project_id: ProjectIdQuery = "",
    page: PageNumber = 1,
    page_size: Size = 10,
    search: FromQuery[str] = "",
) -> RepositoriesResponse:
    size = check_limit(page_size, MAX_SIZE, "page_size")
    found, total = check_lists.repositories(
        principal,
        project_id,
        check_search(search, "search"),
        offset=(check_page(page) - 1) * size,
        limit=size,
    )
    rows = [Repository(repo_name=short_name(spelling), repo_url=url) for spelling, url in found]
    return RepositoriesResponse(data=rows, total=total)


@get(
    "/v4/tasks/{task_id:str}/branches",
    **op("list_repository_branches", "List the branches of a task's repository", threaded=False),
)
async def list_repository_branches(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    check_lists: NamedDependency[CheckTaskLists],
    check_code: NamedDependency[TaskCode],
    task_id: TaskId,
    page: PageNumber = 1,
    page_size: Annotated[int, limit_of(MAX_BRANCHES)] = 10,
    is_uncreated_only: FromQuery[bool] = False,
    search: FromQuery[str] = "",
) -> NamesResponse:
    size = check_limit(page_size, MAX_BRANCHES, "page_size")
    start = (check_page(page) - 1) * size
    text = check_search(search, "search").casefold()
    names = await check_code.branches(principal, task_id)
    if is_uncreated_only:
        known = await check_lists.branches(principal, task_id)
        names = [name for name in names if name not in known]
    found = [name for name in names if text in name.casefold()]
    return NamesResponse(data=found[start : start + size], total=len(found))


def _node(node: Node) -> FileNode:
    return FileNode(name=node.name, file_path=node.path, is_leaf=node.leaf, checkbox_status=node.state)


ROUTER = check(
    [
        show_check_list,
        update_ignore_files,
        list_ignored_files,
        list_all_files,
        show_template_tasks,
        list_check_repositories,
        list_repository_branches,
    ]
)
