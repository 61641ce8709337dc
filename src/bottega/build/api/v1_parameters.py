"""Parameters in general, v1: the same for every caller and task."""

from litestar import get
from litestar.di import NamedDependency

from bottega.build.api.families import v1
from bottega.build.api.parameter_models import (
    ShowBuildParamsListResponse,
    ShowDefaultBuildParametersResponse,
    ShowJobSystemParametersResponse,
    form,
    of_new_task,
    predefined,
)
from bottega.http.operation import op
from bottega.iam.principal import Principal


@get("/v1/job/build-params", **op("show_build_params_list", "Show the form for a parameter of a build task"))
def show_build_params_list(principal: NamedDependency[Principal]) -> ShowBuildParamsListResponse:  # noqa: ARG001
    return ShowBuildParamsListResponse(result=form())


@get(
    "/v1/job/default-parameters",
    **op("show_default_build_parameters", "Show the parameters of a new build task"),
)
def show_default_build_parameters(
    principal: NamedDependency[Principal],  # noqa: ARG001
) -> ShowDefaultBuildParametersResponse:
    return ShowDefaultBuildParametersResponse(result=[of_new_task()])


@get(
    "/v1/job/system-parameters",
    **op("show_job_system_parameters", "List the parameters every build may use"),
)
def show_job_system_parameters(
    principal: NamedDependency[Principal],  # noqa: ARG001
) -> ShowJobSystemParametersResponse:
    return ShowJobSystemParametersResponse(result=predefined())


ROUTER = v1([show_build_params_list, show_default_build_parameters, show_job_system_parameters])
