"""Requests and answers about groups, named as in the contract."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, UnsetType

from bottega.build.api import times
from bottega.build.api.envelopes import ResultEnvelope
from bottega.build.groups.names import MAX_NAME
from bottega.build.groups.service import MAX_MOVED
from bottega.build.groups.tree import Node
from bottega.build.identifiers import HEX32_PATTERN
from bottega.build.wire import JobId
from bottega.documented import documented

OptionalId = Annotated[str | None, documented(pattern=f"^$|{HEX32_PATTERN}")]


class JobGroupRequestBody(msgspec.Struct, kw_only=True):
    """``id`` or ``group_id`` names the group of an update, and neither says anything about a new one.

    ``parent_id``: null or empty is the top; an update without it leaves the group where it is (the SDK leaves out what
    is null).
    """

    id: OptionalId = None
    name: Annotated[str | None, documented(min_length=1, max_length=MAX_NAME)] = None
    project_id: OptionalId = None
    parent_id: OptionalId | UnsetType = UNSET
    group_id: OptionalId = None


class JobGroupResponseBodyResult(msgspec.Struct, kw_only=True):
    """Users are ids. ``group_id`` repeats ``id``. The live service has a number where the contract has text."""

    id: str
    name: str
    project_id: str
    parent_id: str | None
    group_id: str
    domain_id: str
    ordinal: int
    create_user: str
    update_user: str | None
    create_time: str
    update_time: str | None
    path_id: str


class JobGroupResponse(ResultEnvelope, kw_only=True):
    """One group, in a list."""

    result: list[JobGroupResponseBodyResult]


class JobGroupTreeResponseBody(msgspec.Struct, kw_only=True):
    """``children`` is null where there are none."""

    id: str
    domain_id: str
    project_id: str
    name: str
    parent_id: str | None
    path_id: str
    ordinal: int
    create_user: str
    update_user: str | None
    create_time: str
    update_time: str | None
    children: list["JobGroupTreeResponseBody"] | None


class ListGroupTreeResponse(ResultEnvelope, kw_only=True):
    result: list[JobGroupTreeResponseBody]


class NothingResponse(ResultEnvelope, kw_only=True):
    result: str | None = None


class MoveJobGroupRequestBodyJobs(msgspec.Struct, kw_only=True):
    job_id: JobId
    job_name: str | None = None


class MoveJobGroupRequestBody(msgspec.Struct, kw_only=True):
    """Without a group the tasks are taken out of theirs."""

    jobs: Annotated[list[MoveJobGroupRequestBodyJobs], documented(min_items=1, max_items=MAX_MOVED)]
    group_id: OptionalId = None


class MoveJobGroupResponseBodyResult(msgspec.Struct, kw_only=True):
    job_id: str
    group_path_id: str


class MoveGroupResponse(ResultEnvelope, kw_only=True):
    result: list[MoveJobGroupResponseBodyResult]


def placed(node: Node, zone: ZoneInfo) -> JobGroupResponse:
    """The answer to a creation or an update."""
    result = JobGroupResponseBodyResult(group_id=node.group.id, **_common(node, zone))
    return JobGroupResponse(result=[result])


def branch(node: Node, zone: ZoneInfo) -> JobGroupTreeResponseBody:
    """A group with all that is in it."""
    children = [branch(child, zone) for child in node.children]
    return JobGroupTreeResponseBody(children=children or None, **_common(node, zone))


def _common(node: Node, zone: ZoneInfo) -> dict[str, Any]:
    group = node.group
    return {
        "id": group.id,
        "domain_id": group.tenant_id,
        "project_id": group.project_id,
        "name": group.name,
        "parent_id": group.parent_id or None,
        "path_id": node.path,
        "ordinal": group.ordinal,
        "create_user": group.creator_id,
        "update_user": group.updater_id,
        "create_time": times.compact(group.created_at, zone),
        "update_time": times.compact(group.updated_at, zone),
    }
