"""Lists of build records, v3."""

from litestar import get
from litestar.di import NamedDependency

from bottega.build.api import windows
from bottega.build.api.arguments import JobId, Moment, PageIndex, PageSize, ProjectId
from bottega.build.api.families import v3
from bottega.build.api.paging import check_index, check_size
from bottega.build.api.record_list_models import (
    ListBuildInfoRecordResponse,
    ShowLastHistoryResponse,
    last_history,
)
from bottega.build.api.record_models import info_page
from bottega.build.api.report_arguments import RepositoryName
from bottega.build.api.v3_records import TRIGGER_WORDS
from bottega.build.records.service import RecordService
from bottega.build.service import BuildService
from bottega.http.operation import op
from bottega.iam.principal import Principal
from bottega.runs.queries import RunFilter


@get(
    "/v3/jobs/{job_id:str}/build-info-records",
    **op("list_build_info_record", "List the builds of a task in a window (v3)"),
)
def list_build_info_record(
    *,
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    start_time: Moment,
    end_time: Moment,
    page_index: PageIndex = 0,
    page_size: PageSize = 10,
) -> ListBuildInfoRecordResponse:
    check_index(page_index, "page_index")
    check_size(page_size, "page_size")
    start, end = windows.bounded(start_time, end_time, builds.zone)
    where = RunFilter(tenant_id=principal.tenant_id, task_id=job_id, created_from=start, created_to=end)
    found = builds.reader.history(principal, job_id, where, offset=page_index * page_size, limit=page_size)
    return ListBuildInfoRecordResponse(result=info_page(found, page_index, page_size, TRIGGER_WORDS))


@get(
    "/v3/jobs/{project_id:str}/last-history",
    **op("show_last_history", "Show the last successful build of a repository (v3)"),
)
def show_last_history(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    build_records: NamedDependency[RecordService],
    project_id: ProjectId,
    repository_name: RepositoryName,
) -> ShowLastHistoryResponse:
    return last_history(build_records.last_success(principal, project_id, repository_name), builds.zone)


ROUTER = v3([list_build_info_record, show_last_history])
