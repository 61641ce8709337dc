"""Build task configuration, v1: create, update, show, delete."""

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from bottega.build.api.arguments import JobId
from bottega.build.api.families import v1
from bottega.build.api.task_models import (
    CreateBuildJobRequestBody,
    CreateBuildJobResponse,
    DeleteTheJobResponse,
    ShowJobConfigResponse,
    UpdateBuildJobRequestBody,
    config_of,
    deleted,
    saved,
)
from bottega.build.service import BuildService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@post("/v1/job/create", **op("create_new_job", "Create a build task"))
def create_new_job(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    data: JSONBody[CreateBuildJobRequestBody],
) -> CreateBuildJobResponse:
    return saved(builds.create(principal, data.project_id, data.job_name, data.definition()))


@post("/v1/job/update", **op("update_new_job", "Replace the configuration of a build task"))
def update_new_job(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    data: JSONBody[UpdateBuildJobRequestBody],
) -> CreateBuildJobResponse:
    return saved(builds.update(principal, data.job_id, data.project_id, data.job_name, data.definition()))


@get("/v1/job/{job_id:str}/config", **op("show_job_config", "Show the configuration of a build task"))
def show_job_config(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    get_all_params: FromQuery[str | None] = None,  # noqa: ARG001 - everything is always returned
) -> ShowJobConfigResponse:
    return ShowJobConfigResponse(result=config_of(builds.reader.task(principal, job_id)))


@delete("/v1/job/{job_id:str}/delete", **op("delete_the_job", "Move a build task to the recycle bin"))
def delete_the_job(
    principal: NamedDependency[Principal], builds: NamedDependency[BuildService], job_id: JobId
) -> DeleteTheJobResponse:
    return DeleteTheJobResponse(result=deleted(builds.delete(principal, job_id)))


ROUTER = v1([create_new_job, update_new_job, show_job_config, delete_the_job])
