"""Running, stopping and asking after builds, v1."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from bottega.build.api.arguments import BuildNumber, BuildNumberQuery, JobId, RecordId
from bottega.build.api.families import STOP_REFUSALS, v1
from bottega.build.api.run_models import (
    ExecuteJobResponse,
    RerunJobBody,
    ShowJobStepStatusResponse,
    ShowRunningStatusResponse,
    StopTheJobBody,
    StopTheJobResponse,
    accepted,
    choices_of,
    running_status,
    step_status,
)
from bottega.build.identifiers import build_number
from bottega.build.service import BuildService
from bottega.build.wire import RunJobRequestBody
from bottega.http.documentation import BodyIsOptional
from bottega.http.operation import op
from bottega.iam.principal import Principal


@post("/v1/job/execute", **op("execute_job", "Run a build task"))
def execute_job(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    data: JSONBody[RunJobRequestBody],
) -> ExecuteJobResponse:
    return accepted(builds.execute(principal, data.job_id, choices_of(data)))


@post(
    "/v1/job/{job_id:str}/{build_no:str}/rerun",
    **op("rerun_job", "Run a build again, all of it or what failed", operation_class=BodyIsOptional),
)
def rerun_job(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    build_no: BuildNumber,
    data: JSONBody[RerunJobBody | None] = None,
) -> ExecuteJobResponse:
    failed_only = data is not None and data.failed_only
    number = build_number(build_no, "build_no")
    return accepted(builds.rerun(principal, job_id, number, failed_only=failed_only))


@post(
    "/v1/job/{job_id:str}/stop",
    **op(
        "stop_the_job",
        "Stop a build, the newest one unless a number is given",
        responses=STOP_REFUSALS,
        operation_class=BodyIsOptional,
    ),
)
def stop_the_job(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    build_no: BuildNumberQuery = None,
    data: JSONBody[StopTheJobBody | None] = None,
) -> StopTheJobResponse:
    given = build_no if build_no else data.build_no if data is not None else None
    number = build_number(given, "build_no") if given not in {None, ""} and given is not None else None
    builds.stop(principal, job_id, number)
    return StopTheJobResponse()


@post(
    "/v1/record/{record_id:str}/stop",
    **op("stop_build_record", "Stop a build, or one job of a build flow", responses=STOP_REFUSALS),
)
def stop_build_record(
    principal: NamedDependency[Principal], builds: NamedDependency[BuildService], record_id: RecordId
) -> StopTheJobResponse:
    builds.stop_record(principal, record_id)
    return StopTheJobResponse()


@get(
    "/v1/job/{job_id:str}/running-status",
    **op("show_running_status", "Show whether a build task is running", threaded=False),
)
async def show_running_status(
    principal: NamedDependency[Principal], builds: NamedDependency[BuildService], job_id: JobId
) -> ShowRunningStatusResponse:
    latest = await builds.status.newest(principal, job_id)
    return ShowRunningStatusResponse(result=running_status(job_id, latest))


@get(
    "/v1/job/{job_id:str}/status",
    **op("show_job_step_status", "Show the state of a build, the newest by default", threaded=False),
)
async def show_job_step_status(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    build_no: BuildNumberQuery = None,
) -> ShowJobStepStatusResponse:
    number = build_number(build_no, "build_no") if build_no else None
    return ShowJobStepStatusResponse(result=step_status(await builds.status.build(principal, job_id, number)))


ROUTER = v1(
    [
        execute_job,
        rerun_job,
        stop_the_job,
        stop_build_record,
        show_running_status,
        show_job_step_status,
    ]
)
