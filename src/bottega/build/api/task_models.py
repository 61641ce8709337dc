"""Requests and responses about the configuration of a task, named as in the contract."""

from typing import Annotated

import msgspec

from bottega.build.api.envelopes import ResultEnvelope, StatusEnvelope
from bottega.build.definition import (
    ARCHITECTURES,
    CONFIG_TYPES,
    DEFAULT_HOST_TYPE,
    MAX_TRIGGERS,
    TASK_NAME_PATTERN,
    Definition,
)
from bottega.build.identifiers import HEX32_PATTERN
from bottega.build.parameters import MAX_PARAMETERS
from bottega.build.source import MAX_SOURCES
from bottega.build.steps import MAX_STEPS
from bottega.build.tables import BuildTask
from bottega.build.wire import (
    ClusterSelected,
    CreateBuildJobParameter,
    CreateBuildJobScm,
    CreateBuildJobSteps,
    CreateBuildTimeout,
    JobId,
    ProjectId,
    Scalar,
    Trigger,
)
from bottega.documented import documented


class CreateBuildJobRequestBody(msgspec.Struct, kw_only=True):
    """``steps`` is required but may be empty or null; other lists may be absent or null."""

    arch: Annotated[str, documented(enum=ARCHITECTURES)]
    project_id: ProjectId
    job_name: Annotated[str, documented(pattern=TASK_NAME_PATTERN)]
    steps: Annotated[list[CreateBuildJobSteps] | None, documented(max_items=MAX_STEPS)]
    auto_update_sub_module: Scalar | None = None
    flavor: str | None = None
    parameters: Annotated[list[CreateBuildJobParameter] | None, documented(max_items=MAX_PARAMETERS)] = None
    group_id: Annotated[str | None, documented(pattern=f"^$|{HEX32_PATTERN}")] = None
    timeout: CreateBuildTimeout | None = None
    scms: Annotated[list[CreateBuildJobScm] | None, documented(max_items=MAX_SOURCES)] = None
    host_type: str | None = None
    build_config_type: Annotated[str | None, documented(enum=CONFIG_TYPES)] = None
    build_if_code_updated: bool | None = None
    triggers: Annotated[list[Trigger] | None, documented(max_items=MAX_TRIGGERS)] = None
    cluster_selected: ClusterSelected | None = None

    def definition(self) -> Definition:
        """What is saved of it besides name and project."""
        return Definition(**{name: getattr(self, name) for name in Definition.__struct_fields__})


class UpdateBuildJobRequestBody(CreateBuildJobRequestBody, kw_only=True):
    """Everything a creation has: the SDK leaves some of it out, Terraform sends it all."""

    job_id: JobId


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
    # Tasks are also moved, and their groups deleted, without being saved.
    values["group_id"] = task.group_id or (None if definition.group_id else definition.group_id)
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
