"""Bodies of ProjectMan's member operations, named as in the SDK."""

import msgspec

from bottega.iam.principal import Principal
from bottega.projects.members import Member
from bottega.projects.roles import ROLE_NAMES


class AddMemberRequestV4(msgspec.Struct, kw_only=True):
    user_id: str
    domain_id: str | None = None
    domain_name: str | None = None
    role_id: int | None = None


class BatchAddMemberRequestV4(msgspec.Struct, kw_only=True):
    user_id: str
    role_id: int


class BatchAddMembersV4RequestBody(msgspec.Struct, kw_only=True):
    users: list[BatchAddMemberRequestV4]


class BatchDeleteMembersV4RequestBody(msgspec.Struct, kw_only=True):
    user_ids: list[str]


class UpdateMembersRoleV4RequestBody(msgspec.Struct, kw_only=True):
    role_id: int
    user_ids: list[str]


class MemberListV4Members(msgspec.Struct, kw_only=True):
    domain_id: str
    domain_name: str
    user_id: str
    user_name: str
    user_num_id: int
    role_id: int
    nick_name: str
    role_name: str
    user_type: str
    forbidden: int


class ListProjectMembersV4Response(msgspec.Struct, kw_only=True):
    members: list[MemberListV4Members]
    total: int


class ShowCurUserRoleResponse(msgspec.Struct, kw_only=True):
    user_role: int


def member(caller: Principal, one: Member) -> MemberListV4Members:
    """One row of the list."""
    return MemberListV4Members(
        domain_id=caller.tenant_id,
        domain_name=caller.tenant_name,
        user_id=one.user.id,
        user_name=one.user.name,
        user_num_id=one.user.number,
        role_id=one.role_id,
        nick_name=one.user.name,
        role_name=ROLE_NAMES[one.role_id],
        user_type="User",
        forbidden=0 if one.user.enabled else 1,
    )
