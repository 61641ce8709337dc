"""The list of a project's build tasks, v3."""

from litestar import get
from litestar.di import NamedDependency

from bottega.build.api.arguments import PageIndex, PageSize, ProjectId
from bottega.build.api.families import v3
from bottega.build.api.list_models import ShowJobListByProjectIdResponse, row
from bottega.build.api.paging import check_index, check_size
from bottega.build.listing import TaskFilter
from bottega.build.service import BuildService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@get(
    "/v3/{project_id:str}/jobs", **op("show_job_list_by_project_id", "List the build tasks of a project (v3)")
)
def show_job_list_by_project_id(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    project_id: ProjectId,
    page_index: PageIndex = 0,
    page_size: PageSize = 10,
) -> ShowJobListByProjectIdResponse:
    check_index(page_index, "page_index")
    check_size(page_size, "page_size")
    where = TaskFilter(tenant_id=principal.tenant_id, project_id=project_id)
    views, total = builds.reader.tasks(principal, where, offset=page_index * page_size, limit=page_size)
    return ShowJobListByProjectIdResponse(jobs=[row(view) for view in views], total=total)


ROUTER = v3([show_job_list_by_project_id])
