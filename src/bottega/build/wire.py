"""The parts of a build task as they travel, named as in the CodeArts Build contract.

Nothing is filled in: what a client leaves out comes back as null, because Terraform compares a configuration with what
it wrote. Numbers and booleans where the contract has text are accepted and become text.
"""

from typing import Annotated, Any

import msgspec

from bottega.build.identifiers import HEX32_PATTERN, MAX_BUILD_NUMBER
from bottega.documented import documented

Scalar = str | int | float | bool

JobId = Annotated[str, documented(pattern=HEX32_PATTERN)]
ProjectId = Annotated[str, documented(pattern=HEX32_PATTERN)]
BuildNumber = Annotated[str | int, documented(pattern="^[0-9]{1,10}$", minimum=1, maximum=MAX_BUILD_NUMBER)]
OptionalBuildNumber = Annotated[
    str | int | None, documented(pattern="^[0-9]{0,10}$", minimum=1, maximum=MAX_BUILD_NUMBER)
]

MODULE_PATTERN = "^[A-Za-z0-9_.:/-]{1,128}$"
STEP_NAME_PATTERN = "^[\u4e00-\u9fa5A-Za-z0-9 \\-_,;:./()]{1,128}$"
BUILD_TYPES = ("branch", "tag", "commitId")

BuildType = Annotated[str | None, documented(enum=[None, "", *BUILD_TYPES])]


def as_text(value: Scalar | None) -> str | None:
    """``true`` and ``3`` as clients write them in text fields: ``"true"`` and ``"3"``."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class LimitsParam(msgspec.Struct, kw_only=True):
    disable: Scalar | None = None
    display_name: Scalar | None = None
    name: Scalar | None = None

    def __post_init__(self) -> None:
        self.disable = as_text(self.disable)
        self.display_name = as_text(self.display_name)
        self.name = as_text(self.name)


class CreateBuildJobParameterParam(msgspec.Struct, kw_only=True):
    name: str | None = None
    value: Scalar | None = None
    limits: list[LimitsParam] | None = None

    def __post_init__(self) -> None:
        self.value = as_text(self.value)


class CreateBuildJobParameter(msgspec.Struct, kw_only=True):
    name: str | None = None
    params: list[CreateBuildJobParameterParam] | None = None


class CreateBuildJobScm(msgspec.Struct, kw_only=True):
    """``end_point_id`` (SDK) and ``endpoint_id`` (Terraform) are one field with two spellings: both are returned."""

    url: str
    scm_type: str | None = None
    branch: str | None = None
    repo_id: Scalar | None = None
    web_url: str | None = None
    is_auto_build: bool | None = None
    enable_git_lfs: bool | None = None
    build_type: BuildType = None
    depth: Scalar | None = None
    end_point_id: str | None = None
    endpoint_id: str | None = None
    source: str | None = None
    group_name: str | None = None
    repo_name: str | None = None

    def __post_init__(self) -> None:
        self.repo_id = as_text(self.repo_id)
        self.depth = as_text(self.depth)
        self.end_point_id = self.endpoint_id = self.end_point_id or self.endpoint_id


class CreateBuildJobSteps(msgspec.Struct, kw_only=True):
    module_id: Annotated[str, documented(pattern=MODULE_PATTERN)]
    name: Annotated[str, documented(pattern=STEP_NAME_PATTERN)]
    properties: dict[str, Any] | None = None
    version: str | None = None
    enable: bool | None = None


class ParameterItem(msgspec.Struct, kw_only=True):
    name: str
    value: Scalar

    @property
    def text(self) -> str:
        return as_text(self.value) or ""


class Trigger(msgspec.Struct, kw_only=True):
    name: str
    parameters: list[ParameterItem]


class CreateBuildTimeout(msgspec.Struct, kw_only=True):
    limit: Scalar | None = None
    unit: str | None = None

    def __post_init__(self) -> None:
        self.limit = as_text(self.limit)


class ClusterSelected(msgspec.Struct, kw_only=True):
    """The pool of agents a task runs in, as the console of CodeArts Build writes it."""

    id: str | None = None
    name: str | None = None
    resource_type: str | None = None


class Scm(msgspec.Struct, kw_only=True):
    """What one run may choose; the documented two fields and those the live service honours besides."""

    build_tag: str | None = None
    build_commit_id: str | None = None
    branch: str | None = None
    build_type: BuildType = None
    url: str | None = None
    web_url: str | None = None
    repo_id: Scalar | None = None
    repo_name: str | None = None
    scm_type: str | None = None


class RunJobRequestBody(msgspec.Struct, kw_only=True):
    job_id: JobId
    parameter: list[ParameterItem] | None = None
    scm: Scm | None = None
