"""Running, stopping and asking after builds, v3."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from bottega.build.api.arguments import BuildNumber, JobId
from bottega.build.api.families import STOP_REFUSALS, v3
from bottega.build.api.run_models import (
    ExecuteJobResponse,
    ShowJobStatusResponse,
    StopBuildJobResponse,
    StopJobRequestBody,
    StopJobResponse,
    accepted,
    choices_of,
    is_unfinished,
)
from bottega.build.identifiers import build_number
from bottega.build.service import BuildService
from bottega.build.wire import RunJobRequestBody
from bottega.http.operation import op
from bottega.iam.principal import Principal


@post("/v3/jobs/build", **op("run_job", "Run a build task (v3)"))
def run_job(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    data: JSONBody[RunJobRequestBody],
) -> ExecuteJobResponse:
    return accepted(builds.execute(principal, data.job_id, choices_of(data)))


@post("/v3/jobs/stop", **op("stop_job", "Stop a build (v3)", responses=STOP_REFUSALS))
def stop_job(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    data: JSONBody[StopJobRequestBody],
) -> StopJobResponse:
    builds.stop(principal, data.job_id, build_number(data.build_no, "build_no"))
    return StopJobResponse(result=True)


@post(
    "/v3/jobs/{job_id:str}/{build_no:str}/stop",
    **op("stop_build_job", "Stop a build by its path (v3)", responses=STOP_REFUSALS),
)
def stop_build_job(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    build_no: BuildNumber,
) -> StopBuildJobResponse:
    builds.stop(principal, job_id, build_number(build_no, "build_no"))
    return StopBuildJobResponse(success=True, result="")


@get(
    "/v3/jobs/{job_id:str}/status",
    **op("show_job_status", "Show whether a build task is running (v3)", threaded=False),
)
async def show_job_status(
    principal: NamedDependency[Principal], builds: NamedDependency[BuildService], job_id: JobId
) -> ShowJobStatusResponse:
    return ShowJobStatusResponse(result=is_unfinished(await builds.status.newest(principal, job_id)))


ROUTER = v3([run_job, stop_job, stop_build_job, show_job_status])
