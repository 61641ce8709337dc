"""Names, states and stars of build tasks, v1."""

from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter

from bottega.build.api.arguments import JobId, PageIndex, PageSize, ProjectId
from bottega.build.api.envelopes import StatusEnvelope
from bottega.build.api.families import v1
from bottega.build.api.paging import check_index, check_size
from bottega.build.api.task_change_models import (
    BooleanResponse,
    CopyJobRequestBody,
    DisableTheJobRequestBody,
    EndPoints,
    FavouriteResponse,
    FavouriteResponseResult,
    ListEndPointsResponse,
    ShowCopyNameResponse,
    ShowDisableResponse,
    ShowJobPipelineInfoResponse,
    disabled,
    pipeline_info,
)
from bottega.build.api.task_models import CreateBuildJobResponse, saved
from bottega.build.favourites.service import FavouriteService
from bottega.build.service import BuildService
from bottega.build.task_states import TaskStates
from bottega.build.tenant.service import TenantService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@post("/v1/job/copy", **op("copy_job", "Clone a build task"))
def copy_job(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    data: JSONBody[CopyJobRequestBody],
) -> CreateBuildJobResponse:
    return saved(builds.copy(principal, data.copy_job_id, data.project_id, data.job_name, data.definition()))


@get("/v1/job/{job_id:str}/copy-name", **op("show_copy_name", "Suggest a name for a clone of a build task"))
def show_copy_name(
    principal: NamedDependency[Principal], builds: NamedDependency[BuildService], job_id: JobId
) -> ShowCopyNameResponse:
    return ShowCopyNameResponse(result=builds.names.for_copy(principal, job_id))


@get("/v1/job/check/exist", **op("check_job_name_is_exists", "Tell whether a name is taken in a project"))
def check_job_name_is_exists(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    project_id: FromQuery[str],
    job_name: FromQuery[str],
) -> BooleanResponse:
    return BooleanResponse(result=builds.names.is_taken(principal, project_id, job_name))


@get(
    "/v1/job/check/count",
    **op("check_job_count_is_top_limit", "Tell whether the tenant may create another build task"),
)
def check_job_count_is_top_limit(
    principal: NamedDependency[Principal], builds: NamedDependency[BuildService]
) -> BooleanResponse:
    return BooleanResponse(result=builds.names.has_room(principal))


@post("/v1/job/{job_id:str}/disable", **op("disable_the_job", "Disable a build task, or enable it again"))
def disable_the_job(
    principal: NamedDependency[Principal],
    states: NamedDependency[TaskStates],
    job_id: JobId,
    data: JSONBody[DisableTheJobRequestBody],
) -> StatusEnvelope:
    if data.disabled:
        states.disable(principal, job_id, data.reason or "")
    else:
        states.enable(principal, job_id)
    return StatusEnvelope()


@get("/v1/job/{job_id:str}/check/disable", **op("show_disable", "Show who disabled a build task, and why"))
def show_disable(
    principal: NamedDependency[Principal], states: NamedDependency[TaskStates], job_id: JobId
) -> ShowDisableResponse:
    task = states.disabled(principal, job_id)
    return ShowDisableResponse(result=None if task is None else disabled(task))


@post("/v1/job/{job_id:str}/follow", **op("add_favourite_task", "Give a build task a star"))
def add_favourite_task(
    principal: NamedDependency[Principal], favourites: NamedDependency[FavouriteService], job_id: JobId
) -> FavouriteResponse:
    favourites.follow(principal, job_id)
    return FavouriteResponse(result=FavouriteResponseResult(favorite=True))


@post("/v1/job/{job_id:str}/unfollow", **op("remover_favourite_task", "Take the star of a build task back"))
def remover_favourite_task(
    principal: NamedDependency[Principal], favourites: NamedDependency[FavouriteService], job_id: JobId
) -> FavouriteResponse:
    favourites.unfollow(principal, job_id)
    return FavouriteResponse(result=FavouriteResponseResult(favorite=False))


@get(
    "/v1/job/{job_id:str}/pipeline-info",
    **op("show_job_pipeline_info", "Show what a pipeline can set of a build task"),
)
def show_job_pipeline_info(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    everything: Annotated[str, QueryParameter(name="all")] = "",  # noqa: ARG001 - nothing more is there
    check_param_used: FromQuery[str] = "",  # noqa: ARG001
) -> ShowJobPipelineInfoResponse:
    return ShowJobPipelineInfoResponse(result=pipeline_info(builds.reader.task(principal, job_id)))


@get(
    "/v1/job/{project_id:str}/nexus", **op("list_end_points", "List private repositories: none are kept here")
)
def list_end_points(
    principal: NamedDependency[Principal],
    tenants: NamedDependency[TenantService],
    project_id: ProjectId,
    limit: PageSize = 10,
    offset: PageIndex = 0,
) -> ListEndPointsResponse:
    check_size(limit, "limit")
    check_index(offset, "offset")
    tenants.require_project(principal, project_id)
    return ListEndPointsResponse(result=EndPoints(endpoints=[], total=0))


ROUTER = v1(
    [
        copy_job,
        show_copy_name,
        check_job_name_is_exists,
        check_job_count_is_top_limit,
        disable_the_job,
        show_disable,
        add_favourite_task,
        remover_favourite_task,
        show_job_pipeline_info,
        list_end_points,
    ]
)
