"""Build task configuration, v3: the same services, other paths and frames."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from bottega.build.api.arguments import JobId
from bottega.build.api.families import v3
from bottega.build.api.task_models import (
    CreateBuildJobRequestBody,
    CreateBuildJobResponse,
    DeleteBuildJobResponse,
    ShowJobConfigResponse,
    UpdateBuildJobRequestBody,
    config_of,
    deleted,
    saved,
)
from bottega.build.service import BuildService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@post("/v3/jobs/create", **op("create_build_job", "Create a build task (v3)"))
def create_build_job(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    data: JSONBody[CreateBuildJobRequestBody],
) -> CreateBuildJobResponse:
    return saved(builds.create(principal, data.project_id, data.job_name, data.definition()))


@post("/v3/jobs/update", **op("update_build_job", "Replace the configuration of a build task (v3)"))
def update_build_job(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    data: JSONBody[UpdateBuildJobRequestBody],
) -> CreateBuildJobResponse:
    return saved(builds.update(principal, data.job_id, data.project_id, data.job_name, data.definition()))


@get("/v3/jobs/{job_id:str}/query", **op("list_job_config", "Show the configuration of a build task (v3)"))
def list_job_config(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    get_all_params: FromQuery[str | None] = None,  # noqa: ARG001 - everything is always returned
) -> ShowJobConfigResponse:
    return ShowJobConfigResponse(result=config_of(builds.reader.task(principal, job_id)))


@post("/v3/jobs/{job_id:str}/delete", **op("delete_build_job", "Move a build task to the recycle bin (v3)"))
def delete_build_job(
    principal: NamedDependency[Principal], builds: NamedDependency[BuildService], job_id: JobId
) -> DeleteBuildJobResponse:
    return DeleteBuildJobResponse(result=deleted(builds.delete(principal, job_id)))


ROUTER = v3([create_build_job, update_build_job, list_job_config, delete_build_job])
