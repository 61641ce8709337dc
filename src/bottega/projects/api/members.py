"""Members of CodeArts projects: ``/v4/projects/{project_id}/members`` and its neighbours."""

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from bottega.errors import NotFound
from bottega.http.operation import op
from bottega.iam.principal import Principal
from bottega.projects.member_wire import (
    AddMemberRequestV4,
    BatchAddMembersV4RequestBody,
    BatchDeleteMembersV4RequestBody,
    ListProjectMembersV4Response,
    ShowCurUserRoleResponse,
    UpdateMembersRoleV4RequestBody,
    member,
)
from bottega.projects.members import MemberService
from bottega.projects.roles import DEVELOPER

DEFAULT_LIMIT = 10
MEMBERS = "/v4/projects/{project_id:str}/members"


@get(MEMBERS, **op("list_project_members_v4", "List the members of a project"))
def list_project_members(
    principal: NamedDependency[Principal],
    members: NamedDependency[MemberService],
    project_id: FromPath[str],
    offset: FromQuery[int] = 0,
    limit: FromQuery[int] = DEFAULT_LIMIT,
) -> ListProjectMembersV4Response:
    page, total = members.page(principal, project_id, offset=offset, limit=limit)
    return ListProjectMembersV4Response(members=[member(principal, one) for one in page], total=total)


@post("/v4/projects/{project_id:str}/member", **op("add_member_v4", "Add a member", status_code=204))
def add_member(
    principal: NamedDependency[Principal],
    members: NamedDependency[MemberService],
    project_id: FromPath[str],
    data: JSONBody[AddMemberRequestV4],
) -> None:
    # Users of another tenant do not exist here, whoever asks for them.
    if data.domain_id not in {None, "", principal.tenant_id}:
        raise NotFound("user", data.user_id)
    role_id = DEVELOPER if data.role_id is None else data.role_id
    members.add(principal, project_id, [(data.user_id, role_id)])


@post(MEMBERS, **op("batch_add_members_v4", "Add members", status_code=204))
def batch_add_members(
    principal: NamedDependency[Principal],
    members: NamedDependency[MemberService],
    project_id: FromPath[str],
    data: JSONBody[BatchAddMembersV4RequestBody],
) -> None:
    members.add(principal, project_id, [(one.user_id, one.role_id) for one in data.users])


@delete(MEMBERS, **op("batch_delete_members_v4", "Take members out", status_code=204))
def batch_delete_members(
    principal: NamedDependency[Principal],
    members: NamedDependency[MemberService],
    project_id: FromPath[str],
    data: JSONBody[BatchDeleteMembersV4RequestBody],
) -> None:
    members.remove(principal, project_id, data.user_ids)


@post(f"{MEMBERS}/role", **op("update_membes_role_v4", "Change the role of members", status_code=204))
def update_members_role(
    principal: NamedDependency[Principal],
    members: NamedDependency[MemberService],
    project_id: FromPath[str],
    data: JSONBody[UpdateMembersRoleV4RequestBody],
) -> None:
    members.add(principal, project_id, [(user_id, data.role_id) for user_id in data.user_ids])


@get(
    "/v4/projects/{project_id:str}/user-role",
    **op("show_cur_user_role", "Show the caller's role in a project"),
)
def show_own_role(
    principal: NamedDependency[Principal],
    members: NamedDependency[MemberService],
    project_id: FromPath[str],
) -> ShowCurUserRoleResponse:
    return ShowCurUserRoleResponse(user_role=members.own_role(principal, project_id))


HANDLERS = [
    list_project_members,
    add_member,
    batch_add_members,
    batch_delete_members,
    update_members_role,
    show_own_role,
]
