"""Lists of build tasks and the header of one, v1."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from bottega.build.api.arguments import (
    BuildStatus,
    JobId,
    PageIndex,
    PageSize,
    ProjectId,
    SortField,
    SortOrder,
)
from bottega.build.api.families import v1
from bottega.build.api.list_models import (
    ListJobResponse,
    ListJobResult,
    ListProjectJobsResponse,
    ShowJobInfoResponse,
    info,
    row,
)
from bottega.build.api.paging import check_filter, check_index, check_size
from bottega.build.listing import TaskFilter
from bottega.build.service import BuildService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@get("/v1/job/list", **op("list_job", "List the build tasks of the tenant"))
def list_job(
    *,
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    page_index: PageIndex = 0,
    page_size: PageSize = 10,
    search: FromQuery[str] = "",
    sort_field: SortField = "",
    sort_order: SortOrder = "",
    creator_id: FromQuery[str] = "",
    build_status: BuildStatus = "",
) -> ListJobResponse:
    where = TaskFilter(
        tenant_id=principal.tenant_id,
        search=check_filter(search, "search"),
        sort_field=sort_field,
        sort_order=sort_order,
        creator_id=check_filter(creator_id, "creator_id"),
        build_status=build_status,
    )
    return ListJobResponse(result=_page(principal, builds, where, page_index, page_size))


@get("/v1/job/{project_id:str}/list", **op("list_project_jobs", "List the build tasks of a project"))
def list_project_jobs(
    *,
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    project_id: ProjectId,
    page_index: PageIndex = 0,
    page_size: PageSize = 10,
    search: FromQuery[str] = "",
    sort_field: SortField = "",
    sort_order: SortOrder = "",
    creator_id: FromQuery[str] = "",
    build_status: BuildStatus = "",
    by_group: FromQuery[bool] = False,
    group_path_id: FromQuery[str] = "",
) -> ListProjectJobsResponse:
    where = TaskFilter(
        tenant_id=principal.tenant_id,
        project_id=project_id,
        search=check_filter(search, "search"),
        sort_field=sort_field,
        sort_order=sort_order,
        creator_id=check_filter(creator_id, "creator_id"),
        build_status=build_status,
        group_path=check_filter(group_path_id, "group_path_id") if by_group else "",
    )
    result = _page(principal, builds, where, page_index, page_size)
    return ListProjectJobsResponse(result=result, jobs=result.job_list, total=result.total)


@get("/v1/job/{job_id:str}/info", **op("show_job_info", "Show the header of a build task", threaded=False))
async def show_job_info(
    principal: NamedDependency[Principal], builds: NamedDependency[BuildService], job_id: JobId
) -> ShowJobInfoResponse:
    return ShowJobInfoResponse(result=info(await builds.status.task(principal, job_id)))


def _page(
    principal: Principal, builds: BuildService, where: TaskFilter, index: int, size: int
) -> ListJobResult:
    check_index(index, "page_index")
    check_size(size, "page_size")
    views, total = builds.reader.tasks(principal, where, offset=index * size, limit=size)
    return ListJobResult(total=total, job_list=[row(view) for view in views])


ROUTER = v1([list_job, list_project_jobs, show_job_info])
