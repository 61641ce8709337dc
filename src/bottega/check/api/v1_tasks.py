"""Lists of check tasks, v1 and v2, and what they sum up to."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from bottega.check.api.basic_models import ShowTasksListResponse, TaskListResult, list_info
from bottega.check.api.families import TaskFrame, check
from bottega.check.api.task_arguments import (
    PageNumber,
    ProjectIdQuery,
    check_limit,
    check_page,
    check_search,
    limit_of,
    words_of,
)
from bottega.check.identifiers import check_id
from bottega.check.tasks.listing import STATES, CheckTaskLists, TaskFilter
from bottega.check.tasks.texts import checked_word
from bottega.http.operation import op
from bottega.iam.principal import Principal

MAX_SIZE = 200
GATES = ("success", "error")
YES, NO = ("true", "desc"), ("", "false", "asc")

Size = Annotated[int, limit_of(MAX_SIZE)]


class TaskQuery(msgspec.Struct, kw_only=True):
    """The same as the query of the list, in a body. Several words have commas between them."""

    page: int = 1
    page_size: int = 10
    search: str | None = None
    project_id: str | None = None
    review_result_types: str | None = None
    job_status_types: str | None = None
    order_by_execute_time: bool | None = None
    task_classification_id: str | None = None


class SumMeasures(msgspec.Struct, kw_only=True):
    codeLineCountSum: int  # noqa: N815 - as on the wire
    defectCountSum: int  # noqa: N815 - as on the wire


class SumMeasuresResponse(TaskFrame, kw_only=True):
    result: SumMeasures


@get("/v1/tasks", **op("show_tasks_list", "List check tasks of one project or of all (v1)"))
def show_tasks_list(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    check_lists: NamedDependency[CheckTaskLists],
    page: PageNumber = 1,
    page_size: Size = 10,
    search: FromQuery[str] = "",
    project_id: ProjectIdQuery = "",
    review_result_types: FromQuery[str] = "",
    job_status_types: FromQuery[str] = "",
    order_by_execute_time: FromQuery[str] = "",
    task_classification_id: ProjectIdQuery = "",
) -> ShowTasksListResponse:
    where = _filter(
        search=search,
        project_id=project_id,
        gates=review_result_types,
        states=job_status_types,
        by_execution=checked_word(order_by_execute_time.lower(), "order_by_execute_time", YES + NO) in YES,
        group_id=task_classification_id,
    )
    return _page(principal, check_lists, where, page, page_size)


@get("/v2/tasks", **op("list_tasks_v2", "List check tasks of one project or of all (v2)"))
def list_tasks_v2(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    check_lists: NamedDependency[CheckTaskLists],
    page: PageNumber = 1,
    page_size: Size = 10,
    search: FromQuery[str] = "",
    project_id: ProjectIdQuery = "",
) -> ShowTasksListResponse:
    return _page(principal, check_lists, _filter(search=search, project_id=project_id), page, page_size)


@post("/v2/tasks", **op("query_tasks_v2", "List check tasks by a filter in the body (v2)"))
def query_tasks_v2(
    principal: NamedDependency[Principal],
    check_lists: NamedDependency[CheckTaskLists],
    data: JSONBody[TaskQuery],
) -> ShowTasksListResponse:
    where = _filter(
        search=data.search or "",
        project_id=data.project_id or "",
        gates=data.review_result_types or "",
        states=data.job_status_types or "",
        by_execution=data.order_by_execute_time or False,
        group_id=data.task_classification_id or "",
    )
    return _page(principal, check_lists, where, data.page, data.page_size)


@get(
    "/v1/tasks/code-sum-measures",
    **op("show_code_sum_measures", "Sum up lines and open issues of the tasks the caller may see"),
)
def show_code_sum_measures(
    principal: NamedDependency[Principal],
    check_lists: NamedDependency[CheckTaskLists],
    project_id: ProjectIdQuery = "",
) -> SumMeasuresResponse:
    lines, issues = check_lists.sums(principal, project_id)
    return SumMeasuresResponse(result=SumMeasures(codeLineCountSum=lines, defectCountSum=issues))


def _filter(
    *,
    search: str,
    project_id: str,
    gates: str = "",
    states: str = "",
    by_execution: bool = False,
    group_id: str = "",
) -> TaskFilter:
    return TaskFilter(
        project_id=project_id,
        text=check_search(search, "search"),
        gates=words_of(gates, "review_result_types", GATES),
        states=words_of(states, "job_status_types", STATES),
        by_execution=by_execution,
        group_id=check_id(group_id, "task_classification_id") if group_id else "",
    )


def _page(
    principal: Principal, check_lists: CheckTaskLists, where: TaskFilter, page: int, size: int
) -> ShowTasksListResponse:
    limit = check_limit(size, MAX_SIZE, "page_size")
    offset = (check_page(page) - 1) * limit
    found = check_lists.page(principal, where, offset=offset, limit=limit)
    info = [list_info(row, row.rule_sets) for row in found.rows]
    return ShowTasksListResponse(result=TaskListResult(total=found.total, info=info))


ROUTER = check([show_tasks_list, list_tasks_v2, query_tasks_v2, show_code_sum_measures])
