"""Build records, v1 and v4."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from bottega.build.api import windows
from bottega.build.api.arguments import (
    BuildNumber,
    BuildProjectId,
    JobId,
    Moment,
    OptionalMoment,
    PageIndex,
    PageSize,
    RecordId,
)
from bottega.build.api.families import v1
from bottega.build.api.flow_models import flow_stages
from bottega.build.api.paging import check_filter, check_index, check_size
from bottega.build.api.record_models import (
    ListBuildInfoRecordByJobIdResponse,
    ListRecordsResponse,
    ListRecordsResult,
    ListRecordsResultPagination,
    ShowBuildRecordResponse,
    ShowRecordDetailResponse,
    build_record,
    info_page,
    record_info,
)
from bottega.build.api.stage_models import FullStagesResult, ShowBuildRecordFullStagesResponse, stages
from bottega.build.identifiers import build_number
from bottega.build.service import BuildService
from bottega.http.operation import op
from bottega.iam.principal import Principal
from bottega.runs.queries import RunFilter

Repeated = Annotated[list[str] | None, QueryParameter()]


@get("/v1/record/{build_project_id:str}/records", **op("list_records", "List the records of a build project"))
def list_records(
    *,
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    build_project_id: BuildProjectId,
    page: PageIndex = 0,
    limit: PageSize = 10,
    triggers: Repeated = None,
    branches: Repeated = None,
    tags: Repeated = None,
    from_date: OptionalMoment = "",
    to_date: OptionalMoment = "",
) -> ListRecordsResponse:
    check_index(page, "page")
    check_size(limit, "limit")
    start, end = windows.optional(from_date, to_date, builds.zone)
    where = RunFilter(
        tenant_id=principal.tenant_id,
        task_id="",
        triggers=tuple(check_filter(trigger, "triggers") for trigger in triggers or []),
        branches=tuple(check_filter(branch, "branches") for branch in branches or []),
        tags=tuple(check_filter(tag, "tags") for tag in tags or []),
        created_from=start,
        created_to=end,
    )
    found = builds.reader.history_of_build_project(
        principal, build_project_id, where, offset=page * limit, limit=limit
    )
    pagination = ListRecordsResultPagination(page=page, limit=limit, total=found.total)
    data = [build_record(found.task, run) for run in found.runs]
    return ListRecordsResponse(result=ListRecordsResult(pagination=pagination, data=data))


@get("/v1/record/{record_id:str}/info", **op("show_build_record", "Show a build record"))
def show_build_record(
    principal: NamedDependency[Principal], builds: NamedDependency[BuildService], record_id: RecordId
) -> ShowBuildRecordResponse:
    view = builds.reader.record(principal, record_id)
    return ShowBuildRecordResponse(result=build_record(view.task, view.run))


@get(
    "/v1/record/{job_id:str}/list",
    **op("list_build_info_record_by_job_id", "List the builds of a task in a window"),
)
def list_build_info_record_by_job_id(
    *,
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    start_time: Moment,
    end_time: Moment,
    page_index: PageIndex = 0,
    page_size: PageSize = 10,
) -> ListBuildInfoRecordByJobIdResponse:
    check_index(page_index, "page_index")
    check_size(page_size, "page_size")
    start, end = windows.bounded(start_time, end_time, builds.zone)
    where = RunFilter(tenant_id=principal.tenant_id, task_id=job_id, created_from=start, created_to=end)
    found = builds.reader.history(principal, job_id, where, offset=page_index * page_size, limit=page_size)
    return ListBuildInfoRecordByJobIdResponse(result=info_page(found, page_index, page_size))


@get(
    "/v4/jobs/{job_id:str}/{build_no:str}/record-info",
    **op("show_record_detail", "Show the record of a build by its number"),
)
def show_record_detail(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    build_no: BuildNumber,
) -> ShowRecordDetailResponse:
    view = builds.reader.record_of_task(principal, job_id, build_number(build_no, "build_no"))
    return ShowRecordDetailResponse(result=record_info(view, builds.settings.api.region))


@get(
    "/v1/record/{record_id:str}/full-stages",
    **op("show_build_record_full_stages", "Show the stages of a build record"),
)
def show_build_record_full_stages(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    record_id: RecordId,
    cascade: FromQuery[bool] = False,
) -> ShowBuildRecordFullStagesResponse:
    flow = builds.reader.flow(principal, record_id)
    found = (
        flow_stages(flow, builds.zone, with_steps=cascade)
        if flow.jobs
        else stages(flow.run, builds.zone, with_steps=cascade)
    )
    return ShowBuildRecordFullStagesResponse(result=FullStagesResult(build_stages=found))


ROUTER = v1(
    [
        list_records,
        show_build_record,
        list_build_info_record_by_job_id,
        show_record_detail,
        show_build_record_full_stages,
    ]
)
