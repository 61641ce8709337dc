"""Requests and responses about the configuration of a task, named as in the contract."""

import msgspec

from bottega.build.api.envelopes import ResultEnvelope, StatusEnvelope
from bottega.build.definition import DEFAULT_HOST_TYPE, Definition
from bottega.build.tables import BuildTask
from bottega.build.wire import (
    ClusterSelected,
    CreateBuildJobParameter,
    CreateBuildJobScm,
    CreateBuildJobSteps,
    CreateBuildTimeout,
    Scalar,
    Trigger,
)


class CreateBuildJobRequestBody(msgspec.Struct, kw_only=True):
    """``steps`` is required but may be empty or null; other lists may be absent or null."""

    arch: str
    project_id: str
    job_name: str
    steps: list[CreateBuildJobSteps] | None
    auto_update_sub_module: Scalar | None = None
    flavor: str | None = None
    parameters: list[CreateBuildJobParameter] | None = None
    group_id: str | None = None
    timeout: CreateBuildTimeout | None = None
    scms: list[CreateBuildJobScm] | None = None
    host_type: str | None = None
    build_config_type: str | None = None
    build_if_code_updated: bool | None = None
    triggers: list[Trigger] | None = None
    cluster_selected: ClusterSelected | None = None

    def definition(self) -> Definition:
        """What is saved of it besides name and project."""
        return Definition(**{name: getattr(self, name) for name in Definition.__struct_fields__})


class UpdateBuildJobRequestBody(CreateBuildJobRequestBody, kw_only=True):
    """Everything a creation has: the SDK leaves some of it out, Terraform sends it all."""

    job_id: str


class JobConfig(CreateBuildJobRequestBody, kw_only=True):
    """A saved configuration: what was sent, and what the console shows besides."""

    job_id: str
    build_project_id: str
    build_environment_type: str = "docker"
    source_code: str = "codeci"


class CreateBuildJobResponseBodyResult(msgspec.Struct, kw_only=True):
    job_id: str


class CreateBuildJobResponse(ResultEnvelope, kw_only=True):
    result: CreateBuildJobResponseBodyResult


class ShowJobConfigResponse(ResultEnvelope, kw_only=True):
    result: JobConfig


class DeleteTheJobResponseBodyResult(msgspec.Struct, kw_only=True):
    job_id: str
    project_id: str


class DeleteTheJobResponse(ResultEnvelope, kw_only=True):
    result: DeleteTheJobResponseBodyResult


class DeleteBuildJobResponse(StatusEnvelope, kw_only=True):
    result: DeleteTheJobResponseBodyResult


def config_of(task: BuildTask) -> JobConfig:
    """The configuration of a task as clients read it back. Only ``host_type`` is filled in (Terraform expects it)."""
    definition = msgspec.convert(task.definition, Definition)
    values = {name: getattr(definition, name) for name in Definition.__struct_fields__}
    values["steps"] = definition.steps or []
    values["host_type"] = definition.host_type or DEFAULT_HOST_TYPE
    return JobConfig(
        **values,
        project_id=task.project_id,
        job_name=task.name,
        job_id=task.id,
        build_project_id=task.build_project_id,
    )


def saved(task: BuildTask) -> CreateBuildJobResponse:
    """The answer to a creation or update."""
    return CreateBuildJobResponse(result=CreateBuildJobResponseBodyResult(job_id=task.id))


def deleted(task: BuildTask) -> DeleteTheJobResponseBodyResult:
    """What a deletion reports."""
    return DeleteTheJobResponseBodyResult(job_id=task.id, project_id=task.project_id)
