"""Answers about parameters in general, named as in the contract."""

import msgspec

from bottega.build.api.envelopes import ResultEnvelope, StatusEnvelope
from bottega.build.parameter_catalogue import DEFINITION, FORM, NEW_TASK, SYSTEM_PARAMETERS


class Constraints(msgspec.Struct, kw_only=True):
    errormsg: str
    type: str
    value: str


class Params(msgspec.Struct, kw_only=True):
    name: str
    title: str
    type: str
    required: bool
    constraints: list[Constraints]
    deletion: bool = False
    defaults: bool = False


class BuildParams(msgspec.Struct, kw_only=True):
    name: str
    title: str
    params: list[Params]


class BuildParamsBodyResult(msgspec.Struct, kw_only=True):
    build_parameters: list[BuildParams]


class ShowBuildParamsListResponse(ResultEnvelope, kw_only=True):
    result: BuildParamsBodyResult


class ShowDefaultBuildParametersParams(msgspec.Struct, kw_only=True):
    name: str
    value: str


class ShowDefaultBuildParametersResult(msgspec.Struct, kw_only=True):
    name: str
    params: list[ShowDefaultBuildParametersParams]


class ShowDefaultBuildParametersResponse(StatusEnvelope, kw_only=True):
    result: list[ShowDefaultBuildParametersResult]


class SystemParametersResult(msgspec.Struct, kw_only=True):
    id: int
    parameter_name: str
    description: str


class ShowJobSystemParametersResponse(ResultEnvelope, kw_only=True):
    result: list[SystemParametersResult]


def form() -> BuildParamsBodyResult:
    """The form for one parameter of a task."""
    params = [
        Params(
            name=field.name,
            title=field.title,
            type=field.kind,
            required=field.required,
            constraints=[
                Constraints(errormsg=one.message, type=one.kind, value=one.value) for one in field.constraints
            ],
        )
        for field in FORM
    ]
    return BuildParamsBodyResult(
        build_parameters=[BuildParams(name=DEFINITION, title="Parameter", params=params)]
    )


def of_new_task() -> ShowDefaultBuildParametersResult:
    """The parameter a console puts into a new task."""
    pairs = [ShowDefaultBuildParametersParams(name=name, value=value) for name, value in NEW_TASK.items()]
    return ShowDefaultBuildParametersResult(name=DEFINITION, params=pairs)


def predefined() -> list[SystemParametersResult]:
    """What every build may use."""
    return [
        SystemParametersResult(id=one.id, parameter_name=one.name, description=one.description)
        for one in SYSTEM_PARAMETERS
    ]
