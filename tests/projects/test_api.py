"""The ProjectMan operations, through the official SDK and by hand."""

from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkprojectman import v4

from bottega.iam.tenants import Credentials
from bottega.store.database import Database
from tests.support.iam_server import IamServer, iam_server
from tests.support.signing import sign


@pytest.fixture
def server(database: Database) -> Iterator[IamServer]:
    with iam_server(database) as running:
        yield running


@pytest.fixture
def quick_server(sqlite_database: Database) -> Iterator[IamServer]:
    with iam_server(sqlite_database) as running:
        yield running


def sdk(server: IamServer, who: Credentials) -> Any:
    credentials = BasicCredentials(who.access_key, who.secret_key, who.iam_project_id)
    return v4.ProjectManClient.new_builder().with_credentials(credentials).with_endpoint(server.url).build()


def send(server: IamServer, who: Credentials, method: str, path: str, body: Any = None) -> httpx.Response:
    request = httpx.Request(method, f"{server.url}{path}", json=body)
    return server.http.send(sign(request, who))


def test_the_sdk_creates_lists_shows_updates_and_deletes_a_project(server: IamServer) -> None:
    mine = server.mine
    client = sdk(server, mine)
    body = v4.CreateProjectV4RequestBody(project_name="Größe 中", description="d", project_type="scrum")
    created = client.create_project_v4(v4.CreateProjectV4Request(body))
    assert (created.project_name, created.project_type, created.description) == ("Größe 中", "scrum", "d")
    assert (created.project_num_id, created.user_num_id) == (2, 1)
    assert len(created.project_id) == 32

    listed = client.list_projects_v4(v4.ListProjectsV4Request(offset=0, limit=10, search="größe"))
    assert listed.total == 1
    row = listed.projects[0]
    assert (row.project_id, row.project_name, row.creator.user_id) == (
        created.project_id,
        "Größe 中",
        mine.user_id,
    )
    assert (row.creator.domain_id, row.creator.domain_name) == (mine.domain_id, "mine")
    assert row.created_time == row.updated_time > 1_600_000_000_000

    change = v4.UpdateProjectRequestV4(project_name="renamed")
    client.update_project_v4(v4.UpdateProjectV4Request(created.project_id, change))
    shown = client.show_project_info_v4(v4.ShowProjectInfoV4Request(created.project_id)).project
    assert (shown.name, shown.archive, shown.creator.user_name) == ("renamed", 0, "admin")

    check = v4.CheckProjectNameV4Request(v4.CheckProjectNameRequestV4(project_name="renamed"))
    assert client.check_project_name_v4(check).exist is True
    client.delete_project_v4(v4.DeleteProjectV4Request(created.project_id))
    assert client.check_project_name_v4(check).exist is False
    with pytest.raises(ClientRequestException) as gone:
        client.show_project_info_v4(v4.ShowProjectInfoV4Request(created.project_id))
    assert (gone.value.status_code, gone.value.error_code) == (404, "PM.00000404")


def test_statuses_are_those_the_terraform_provider_insists_on(quick_server: IamServer) -> None:
    mine = quick_server.mine
    created = send(quick_server, mine, "POST", "/v4/project", {"project_name": "a", "project_type": "xboard"})
    assert created.status_code == 200
    path = f"/v4/projects/{created.json()['project_id']}"
    assert send(quick_server, mine, "GET", path).status_code == 200
    updated = send(quick_server, mine, "PUT", path, {"description": "new"})
    assert (updated.status_code, updated.content) == (204, b"")
    assert send(quick_server, mine, "DELETE", path).status_code == 204
    assert send(quick_server, mine, "DELETE", path).status_code == 404


def test_the_list_pages_through_everything_and_then_is_empty(quick_server: IamServer) -> None:
    mine = quick_server.mine
    for index in range(4):
        send(quick_server, mine, "POST", "/v4/project", {"project_name": f"p{index}"})
    seen: list[str] = []
    for offset in (0, 2, 4, 6):
        page = send(quick_server, mine, "GET", f"/v4/projects?offset={offset}&limit=2&sort=name:asc").json()
        assert page["total"] == 5
        seen += [project["project_name"] for project in page["projects"]]
    assert seen == ["default", "p0", "p1", "p2", "p3"]
    for query in ["archive=true", "query_type=absent"]:
        assert send(quick_server, mine, "GET", f"/v4/projects?{query}").json() == {"projects": [], "total": 0}


BAD: list[tuple[str, str, Any, str]] = [
    ("POST", "/v4/project", {}, "project_name"),
    ("POST", "/v4/project", {"project_name": ""}, "project_name"),
    ("POST", "/v4/project", {"project_name": "x" * 129}, "project_name"),
    ("POST", "/v4/project", {"project_name": "default"}, "project_name"),
    ("POST", "/v4/project", {"project_name": "a", "project_type": "waterfall"}, "project_type"),
    ("POST", "/v4/project", {"project_name": "a", "source": "x" * 65}, "source"),
    ("POST", "/v4/project", {"project_name": "a", "description": "\0"}, "description"),
    ("POST", "/v4/project", {"project_name": 5}, "project_name"),
    ("POST", "/v4/projects/check-name", {"project_name": ""}, "project_name"),
    ("GET", "/v4/projects?limit=0", None, "limit"),
    ("GET", "/v4/projects?limit=many", None, "limit"),
    ("GET", "/v4/projects?offset=-1", None, "offset"),
    ("GET", "/v4/projects?sort=size:asc", None, "sort"),
    ("GET", "/v4/projects?archive=maybe", None, "archive"),
    ("GET", "/v4/projects?query_type=mine", None, "query_type"),
]


def test_bad_input_is_named_and_changes_nothing(quick_server: IamServer) -> None:
    for method, path, body, field in BAD:
        answer = send(quick_server, quick_server.mine, method, path, body)
        assert answer.status_code == 400
        assert field in answer.json()["error_msg"]
        assert answer.json()["error_code"]
    assert send(quick_server, quick_server.mine, "GET", "/v4/projects").json()["total"] == 1


def test_no_operation_reaches_another_tenants_project(server: IamServer) -> None:
    mine, other = server.mine, server.other
    path = f"/v4/projects/{mine.project_id}"
    for method, body in [("GET", None), ("PUT", {"project_name": "stolen"}), ("DELETE", None)]:
        answer = send(server, other, method, path, body)
        assert (answer.status_code, answer.json()["error_code"]) == (404, "PM.00000404")
    listed = send(server, other, "GET", "/v4/projects?query_type=domain_projects").json()
    assert [project["project_id"] for project in listed["projects"]] == [other.project_id]
    send(server, mine, "PUT", path, {"project_name": "only mine"})
    assert send(server, other, "POST", "/v4/projects/check-name", {"project_name": "only mine"}).json() == {
        "exist": False
    }
    assert send(server, mine, "GET", path).json()["project"]["name"] == "only mine"


def test_a_viewer_may_look_and_nothing_else(quick_server: IamServer) -> None:
    mine = quick_server.mine
    quick_server.iam.users.add(mine.domain_id, "ann", "a good password")
    quick_server.iam.groups.grant(mine.domain_id, "viewers", "ann")
    key = quick_server.iam.access_keys.add(mine.domain_id, "ann")
    ann = msgspec.structs.replace(mine, access_key=key.access_key, secret_key=key.secret_key)
    path = f"/v4/projects/{mine.project_id}"
    assert send(quick_server, ann, "GET", path).status_code == 200
    for method, where, body in [
        ("POST", "/v4/project", {"project_name": "a"}),
        ("PUT", path, {"project_name": "a"}),
        ("DELETE", path, None),
    ]:
        answer = send(quick_server, ann, method, where, body)
        assert (answer.status_code, answer.json()["error_code"]) == (403, "PM.00000403")
        assert "ann lacks the right to" in answer.json()["error_msg"]
