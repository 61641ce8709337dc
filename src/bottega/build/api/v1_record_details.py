"""What one build record tells beside its header, v1."""

from litestar import get
from litestar.di import NamedDependency

from bottega.build.api.arguments import BuildNumber, JobId, RecordId
from bottega.build.api.build_script import build_script
from bottega.build.api.families import v1
from bottega.build.api.flow_models import ShowBuildRecordFlowGraphResponse, flow_graph
from bottega.build.api.record_detail_models import (
    ListBuildParameterResponse,
    ShowBuildDetailsResponse,
    ShowBuildInfoRecordResponse,
    ShowBuildRecordBuildScriptResponse,
    ShowJobBuildRecordDetailResponse,
    details,
    parameters,
)
from bottega.build.api.record_models import info_record, record_info
from bottega.build.identifiers import build_number
from bottega.build.service import BuildService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@get(
    "/v1/job/{job_id:str}/{build_no:str}/build-info",
    **op("show_build_details", "Show whether a build goes on, and how it ended", threaded=False),
)
async def show_build_details(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    build_no: BuildNumber,
) -> ShowBuildDetailsResponse:
    build = await builds.status.build(principal, job_id, build_number(build_no, "build_no"))
    return ShowBuildDetailsResponse(result=details(build, builds.settings.api.region))


@get(
    "/v1/job/{job_id:str}/{build_no:str}/history-parameters",
    **op("list_build_parameter", "List the parameters of a build"),
)
def list_build_parameter(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    build_no: BuildNumber,
) -> ListBuildParameterResponse:
    view = builds.reader.record_of_task(principal, job_id, build_number(build_no, "build_no"))
    return ListBuildParameterResponse(result=parameters(view.run.parameters))


@get(
    "/v1/record/{job_id:str}/{build_no:str}/build-info-record",
    **op("show_build_info_record", "Show a build as the list of a window does"),
)
def show_build_info_record(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    build_no: BuildNumber,
) -> ShowBuildInfoRecordResponse:
    view = builds.reader.record_of_task(principal, job_id, build_number(build_no, "build_no"))
    return ShowBuildInfoRecordResponse(result=info_record(view.task, view.run))


@get(
    "/v1/record/{job_id:str}/{build_no:str}/record-info",
    **op("show_job_build_record_detail", "Show the record of a build by its number (v1)"),
)
def show_job_build_record_detail(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    build_no: BuildNumber,
) -> ShowJobBuildRecordDetailResponse:
    view = builds.reader.record_of_task(principal, job_id, build_number(build_no, "build_no"))
    return ShowJobBuildRecordDetailResponse(result=record_info(view, builds.settings.api.region))


@get(
    "/v1/record/{record_id:str}/build-script",
    **op("show_build_record_build_script", "Show what a build executes, as YAML"),
)
def show_build_record_build_script(
    principal: NamedDependency[Principal], builds: NamedDependency[BuildService], record_id: RecordId
) -> ShowBuildRecordBuildScriptResponse:
    view = builds.reader.record(principal, record_id)
    return ShowBuildRecordBuildScriptResponse(result=build_script(view.task, view.run))


@get(
    "/v1/record/{build_flow_record_id:str}/flow-graph",
    **op("show_build_record_flow_graph", "Show the graph of a BuildFlow: empty for other builds"),
)
def show_build_record_flow_graph(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    build_flow_record_id: RecordId,
) -> ShowBuildRecordFlowGraphResponse:
    flow = builds.reader.flow(principal, build_flow_record_id, "build_flow_record_id")
    return ShowBuildRecordFlowGraphResponse(result=flow_graph(flow, builds.zone))


ROUTER = v1(
    [
        show_build_details,
        list_build_parameter,
        show_build_info_record,
        show_job_build_record_detail,
        show_build_record_build_script,
        show_build_record_flow_graph,
    ]
)
