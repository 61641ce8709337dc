"""The parts of a build task as they travel, named as in the CodeArts Build contract.

Nothing is filled in: what a client leaves out comes back as null, because Terraform compares a configuration with what
it wrote. Numbers and booleans where the contract has text are accepted and become text.
"""

from typing import Any

import msgspec

Scalar = str | int | float | bool


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
    build_type: str | None = None
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
    module_id: str
    name: str
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
    build_type: str | None = None
    url: str | None = None
    web_url: str | None = None
    repo_id: Scalar | None = None
    repo_name: str | None = None
    scm_type: str | None = None


class RunJobRequestBody(msgspec.Struct, kw_only=True):
    job_id: str
    parameter: list[ParameterItem] | None = None
    scm: Scm | None = None
