"""Members of projects through the official SDK, on both databases."""

from collections.abc import Iterator
from typing import Any

import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkprojectman import v4

from bottega.ids import new_hex
from bottega.projects.roles import DEVELOPER, PROJECT_ADMINISTRATOR, TESTER, VIEWER
from bottega.store.database import Database
from tests.projects.test_api import sdk
from tests.support.iam_server import IamServer, iam_server


@pytest.fixture
def server(database: Database) -> Iterator[IamServer]:
    with iam_server(database) as running:
        yield running


def members(client: Any, project_id: str, **page: int) -> dict[str, int]:
    """Names and roles of a page."""
    asked = v4.ListProjectMembersV4Request(project_id=project_id, **{"offset": 0, "limit": 100, **page})
    return {one.user_name: one.role_id for one in client.list_project_members_v4(asked).members}


def test_members_are_added_listed_given_other_roles_and_taken_out(server: IamServer) -> None:
    mine = server.mine
    client, project_id = sdk(server, mine), mine.project_id
    ids = {name: server.iam.users.add(mine.domain_id, name, new_hex()).id for name in ("ann", "bob", "cy")}
    body = v4.AddMemberRequestV4(user_id=ids["ann"], domain_id=mine.domain_id)
    client.add_member_v4(v4.AddMemberV4Request(project_id, body))
    users = [v4.BatchAddMemberRequestV4(role_id=TESTER, user_id=ids[name]) for name in ("bob", "cy")]
    added = v4.BatchAddMembersV4RequestBody(users=users)
    client.batch_add_members_v4(v4.BatchAddMembersV4Request(project_id, added))
    expected = {"ann": DEVELOPER, "bob": TESTER, "cy": TESTER}
    assert expected.items() <= members(client, project_id).items()

    change = v4.UpdateMembersRoleV4RequestBody(role_id=VIEWER, user_ids=[ids["bob"], ids["cy"]])
    client.update_membes_role_v4(v4.UpdateMembesRoleV4Request(project_id, change))
    out = v4.BatchDeleteMembersV4RequestBody(user_ids=[ids["ann"]])
    client.batch_delete_members_v4(v4.BatchDeleteMembersV4Request(project_id, out))
    found = members(client, project_id)
    assert {"bob": VIEWER, "cy": VIEWER}.items() <= found.items()
    assert "ann" not in found

    pages = [members(client, project_id, offset=offset, limit=1) for offset in range(len(found) + 1)]
    assert [len(page) for page in pages] == [*[1] * len(found), 0]
    assert {name: role for page in pages for name, role in page.items()} == found
    role = client.show_cur_user_role(v4.ShowCurUserRoleRequest(project_id)).user_role
    assert role == PROJECT_ADMINISTRATOR


def test_what_cannot_be_a_member_is_refused_and_changes_nothing(server: IamServer) -> None:
    mine, other = server.mine, server.other
    client, project_id = sdk(server, mine), mine.project_id
    before = members(client, project_id)
    known = server.iam.users.add(mine.domain_id, "ann", new_hex()).id
    for user_id, role_id, code in (
        (new_hex(), DEVELOPER, 404),
        (other.user_id, DEVELOPER, 404),
        (known, 4711, 400),
    ):
        users = [
            v4.BatchAddMemberRequestV4(role_id=DEVELOPER, user_id=known),
            v4.BatchAddMemberRequestV4(role_id=role_id, user_id=user_id),
        ]
        body = v4.BatchAddMembersV4RequestBody(users=users)
        with pytest.raises(ClientRequestException) as refused:
            client.batch_add_members_v4(v4.BatchAddMembersV4Request(project_id, body))
        assert refused.value.status_code == code
    with pytest.raises(ClientRequestException) as hidden:
        members(sdk(server, other), project_id)
    assert hidden.value.status_code == 404
    assert members(client, project_id) == before
