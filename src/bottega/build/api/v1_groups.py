"""Groups of build tasks, v1."""

from typing import Annotated

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import UNSET

from bottega.build.api.arguments import ProjectId
from bottega.build.api.families import v1
from bottega.build.api.group_models import (
    JobGroupRequestBody,
    JobGroupResponse,
    ListGroupTreeResponse,
    MoveGroupResponse,
    MoveJobGroupRequestBody,
    MoveJobGroupResponseBodyResult,
    NothingResponse,
    branch,
    placed,
)
from bottega.build.groups.names import check_group_id
from bottega.build.groups.service import GroupService
from bottega.build.identifiers import HEX32_PATTERN
from bottega.errors import Invalid
from bottega.http.operation import op
from bottega.iam.principal import Principal

GroupId = Annotated[str, QueryParameter(description="Id of a group", schema_extra={"pattern": HEX32_PATTERN})]


@get("/v1/job/{project_id:str}/group/tree", **op("list_group_tree", "Show the groups of a project"))
def list_group_tree(
    principal: NamedDependency[Principal], groups: NamedDependency[GroupService], project_id: ProjectId
) -> ListGroupTreeResponse:
    nodes = groups.tree(principal, project_id)
    return ListGroupTreeResponse(result=[branch(node, groups.zone) for node in nodes])


@post("/v1/job/{project_id:str}/group/create", **op("create_job_group", "Create a group"))
def create_job_group(
    principal: NamedDependency[Principal],
    groups: NamedDependency[GroupService],
    project_id: ProjectId,
    data: JSONBody[JobGroupRequestBody],
) -> JobGroupResponse:
    _check(data, project_id)
    node = groups.create(principal, project_id, data.name or "", _parent(data) or "")
    return placed(node, groups.zone)


@put("/v1/job/{project_id:str}/group/update", **op("update_job_group", "Rename or move a group"))
def update_job_group(
    principal: NamedDependency[Principal],
    groups: NamedDependency[GroupService],
    project_id: ProjectId,
    data: JSONBody[JobGroupRequestBody],
) -> JobGroupResponse:
    _check(data, project_id)
    group_id = data.id or data.group_id or ""
    node = groups.update(principal, project_id, group_id, name=data.name, parent_id=_parent(data))
    return placed(node, groups.zone)


@delete(
    "/v1/job/{project_id:str}/group/delete", **op("delete_group", "Delete a group; its tasks stay, in none")
)
def delete_group(
    principal: NamedDependency[Principal],
    groups: NamedDependency[GroupService],
    project_id: ProjectId,
    id: GroupId,
) -> NothingResponse:
    groups.delete(principal, project_id, id)
    return NothingResponse()


@post("/v1/job/{project_id:str}/group/move", **op("move_group", "Put build tasks into a group"))
def move_group(
    principal: NamedDependency[Principal],
    groups: NamedDependency[GroupService],
    project_id: ProjectId,
    data: JSONBody[MoveJobGroupRequestBody],
) -> MoveGroupResponse:
    task_ids = [job.job_id for job in data.jobs]
    paths = groups.move_tasks(principal, project_id, data.group_id or "", task_ids)
    moved = [
        MoveJobGroupResponseBodyResult(job_id=task_id, group_path_id=path) for task_id, path in paths.items()
    ]
    return MoveGroupResponse(result=moved)


@post("/v1/job/{project_id:str}/group/swap", **op("switched_packet", "Exchange the places of two groups"))
def switched_packet(
    principal: NamedDependency[Principal],
    groups: NamedDependency[GroupService],
    project_id: ProjectId,
    source_group_id: GroupId,
    target_group_id: GroupId,
) -> NothingResponse:
    groups.swap(principal, project_id, source_group_id, target_group_id)
    return NothingResponse()


def _check(data: JobGroupRequestBody, project_id: str) -> None:
    if data.project_id and data.project_id != project_id:
        raise Invalid("project_id", "is another project than the one in the path")
    # Also where they say nothing: what cannot be an id was meant to be something else.
    for field, value in (("id", data.id), ("group_id", data.group_id)):
        if value:
            check_group_id(value, field)


def _parent(data: JobGroupRequestBody) -> str | None:
    """The id of the parent, empty for the top; None when the body does not speak of it."""
    return None if data.parent_id is UNSET else data.parent_id or ""


ROUTER = v1([list_group_tree, create_job_group, update_job_group, delete_group, move_group, switched_packet])
