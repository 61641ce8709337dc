"""The Keystone v3 operations, with keystoneauth1 and by hand."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkprojectman import v4
from keystoneauth1 import session as keystone
from keystoneauth1.exceptions import Unauthorized
from keystoneauth1.identity import v3

from bottega.iam.throttle import FREE_ATTEMPTS_PER_USER
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


def identity(server: IamServer, **user: Any) -> dict[str, Any]:
    given = {"name": "admin", "password": server.mine.password, "domain": {"name": "mine"}} | user
    return {"methods": ["password"], "password": {"user": {k: v for k, v in given.items() if v is not None}}}


def ask(server: IamServer, scope: Any = None, query: str = "", **user: Any) -> httpx.Response:
    auth = {"identity": identity(server, **user)} | ({"scope": scope} if scope is not None else {})
    return server.http.post(f"/v3/auth/tokens{query}", json={"auth": auth})


def refusal(response: httpx.Response) -> tuple[int, str]:
    """Checks both shapes and gives status and message."""
    body = response.json()
    assert body["error"]["code"] == response.status_code
    assert body["error"]["message"] == body["error_msg"]
    assert body["error"]["title"]
    assert body["error_code"]
    return response.status_code, body["error_msg"]


def test_keystoneauth_gets_a_token_and_calls_an_operation(server: IamServer) -> None:
    mine = server.mine
    plugin = v3.Password(
        auth_url=f"{server.url}/v3",
        username=mine.user_name,
        password=mine.password,
        user_domain_name=mine.domain_name,
        project_name=mine.iam_project_name,
        project_domain_name=mine.domain_name,
    )
    session = keystone.Session(auth=plugin)
    try:
        answer = session.get(
            "/v1/whoami/x", endpoint_filter={"service_type": "codeartsbuild", "interface": "public"}
        )
        assert answer.json()["user_name"] == "admin"
        assert session.get_project_id() == mine.iam_project_id
        assert plugin.get_access(session).role_names == ["administrators"]
        assert plugin.get_endpoint(session, service_type="identity", interface="public") == f"{server.url}/v3"
        assert plugin.invalidate()
        with pytest.raises(Unauthorized):
            v3.Password(
                f"{server.url}/v3", username="admin", password="wrong", user_domain_name="mine"
            ).get_token(session)
    finally:
        session.session.close()


def test_the_sdk_finds_the_iam_project_of_its_region_by_itself(quick_server: IamServer) -> None:
    mine = quick_server.mine
    request = sign(httpx.Request("GET", f"{quick_server.url}/v3/projects?name=cn-north-4"), mine)
    projects = quick_server.http.send(request).json()["projects"]
    assert [(project["id"], project["domain_id"]) for project in projects] == [
        (mine.iam_project_id, mine.domain_id)
    ]
    credentials: Any = BasicCredentials(mine.access_key, mine.secret_key).with_iam_endpoint(quick_server.url)
    region = Region("cn-north-4", quick_server.url)
    client: Any = v4.ProjectManClient.new_builder().with_credentials(credentials).with_region(region).build()
    assert client.list_projects_v4(v4.ListProjectsV4Request(offset=0, limit=10)).total == 1
    assert credentials.project_id == mine.iam_project_id
    for query in ["name=elsewhere", "enabled=false", f"domain_id={quick_server.other.domain_id}"]:
        request = sign(httpx.Request("GET", f"{quick_server.url}/v3/projects?{query}"), mine)
        assert quick_server.http.send(request).json()["projects"] == []
    request = sign(httpx.Request("GET", f"{quick_server.url}/v3/auth/domains"), mine)
    assert quick_server.http.send(request).json()["domains"][0]["id"] == mine.domain_id
    request = sign(httpx.Request("GET", f"{quick_server.url}/v3/auth/projects"), mine)
    assert len(quick_server.http.send(request).json()["projects"]) == 1


@pytest.mark.parametrize("by", ["id", "name"])
def test_a_project_scoped_token_has_the_documented_shape(server: IamServer, by: str) -> None:
    mine = server.mine
    scope = {"project": {by: mine.iam_project_id if by == "id" else "cn-north-4"}}
    answer = ask(server, scope)
    assert answer.status_code == 201
    assert len(answer.headers["x-subject-token"]) == 64
    token = answer.json()["token"]
    domain = {"id": mine.domain_id, "name": "mine"}
    assert token["project"] == {"id": mine.iam_project_id, "name": "cn-north-4", "domain": domain}
    assert token["domain"] == domain
    assert token["user"] == {"id": mine.user_id, "name": "admin", "domain": domain, "password_expires_at": ""}
    assert token["methods"] == ["password"]
    assert [role["name"] for role in token["roles"]] == ["administrators"]
    assert token["issued_at"] < token["expires_at"]
    assert token["expires_at"].endswith("Z")
    assert len(token["expires_at"]) == 27
    assert {"iam", "identity", "codeartsbuild", "codeartscheck"} <= {
        entry["type"] for entry in token["catalog"]
    }
    assert token["catalog"][2]["endpoints"][0]["url"] == server.url
    for query in ["?nocatalog=true", "?nocatalog"]:
        assert "catalog" not in ask(server, scope, query).json()["token"]


def test_users_and_domains_may_be_named_by_id(server: IamServer) -> None:
    mine = server.mine
    assert ask(server, id=mine.user_id, name=None, domain=None).status_code == 201
    assert ask(server, domain={"id": mine.domain_id}).status_code == 201
    for scope in [{"domain": {"id": mine.domain_id}}, {"domain": {"name": "mine"}}]:
        assert ask(server, scope).json()["token"]["domain"]["id"] == mine.domain_id
    for scope in ["unscoped", {"unscoped": {}}, None]:
        token = ask(server, scope).json()["token"]
        assert "domain" not in token
        assert "project" not in token


def test_a_token_can_be_exchanged_for_another_scope_and_lives_no_longer(server: IamServer) -> None:
    first = ask(server)
    body: dict[str, Any] = {
        "auth": {
            "identity": {"methods": ["token"], "token": {"id": first.headers["x-subject-token"]}},
            "scope": {"project": {"name": "cn-north-4"}},
        }
    }
    second = server.http.post("/v3/auth/tokens", json=body)
    assert second.status_code == 201
    assert second.json()["token"]["expires_at"] == first.json()["token"]["expires_at"]
    assert second.json()["token"]["methods"] == ["password", "token"]
    headers = {"X-Auth-Token": second.headers["x-subject-token"]}
    assert server.http.get("/v1/whoami/x", headers=headers).status_code == 200
    body["auth"]["identity"]["token"]["id"] = "unknown"
    assert refusal(server.http.post("/v3/auth/tokens", json=body))[0] == 401


def test_a_scope_outside_the_account_is_refused(quick_server: IamServer) -> None:
    other = quick_server.other
    for scope in [
        {"project": {"id": other.iam_project_id}},
        {"project": {"name": "nowhere"}},
        {"project": {"name": "cn-north-4", "domain": {"name": "other"}}},
        {"project": {"id": quick_server.mine.iam_project_id, "domain": {"id": other.domain_id}}},
        {"domain": {"id": other.domain_id}},
        {"domain": {"name": "other"}},
    ]:
        assert refusal(ask(quick_server, scope))[0] == 401


MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({}, "identity"),
    ({"identity": {"methods": ["password"]}}, "auth.identity.password"),
    ({"identity": {"methods": ["token"]}}, "auth.identity.token"),
    ({"identity": {"methods": ["hw_assume_role"]}}, "auth.identity.methods"),
    ({"identity": {"methods": []}}, "auth.identity.methods"),
    ({"identity": {"methods": ["password"], "password": {"user": {"name": "a"}}}}, "password"),
    ({"identity": {"methods": ["password"], "password": {"user": {"password": "a"}}}}, "password.user"),
    (
        {"identity": {"methods": ["password"], "password": {"user": {"name": "a", "password": "a"}}}},
        "user.domain",
    ),
    ({"identity": {"methods": ["token"], "token": {"id": "x"}}, "scope": {}}, "auth.scope"),
    (
        {"identity": {"methods": ["token"], "token": {"id": "x"}}, "scope": {"project": {}}},
        "auth.scope.project",
    ),
    (
        {"identity": {"methods": ["token"], "token": {"id": "x"}}, "scope": {"domain": {}}},
        "auth.scope.domain",
    ),
    ({"identity": {"methods": ["token"], "token": {"id": "x"}}, "scope": "all"}, "auth.scope"),
]


def test_a_malformed_question_is_answered_with_the_field(quick_server: IamServer) -> None:
    for auth, field in MALFORMED:
        status, message = refusal(quick_server.http.post("/v3/auth/tokens", json={"auth": auth}))
        assert status == 400
        assert field in message


def test_a_body_that_is_no_json_is_refused_in_both_shapes(quick_server: IamServer) -> None:
    assert refusal(quick_server.http.post("/v3/auth/tokens", content=b"{"))[0] == 400
    assert refusal(quick_server.http.get("/v3/projects"))[0] == 401


def test_wrong_names_and_wrong_passwords_look_the_same(quick_server: IamServer) -> None:
    answers = {
        refusal(ask(quick_server, password="wrong password")),
        refusal(ask(quick_server, name="nobody")),
        refusal(ask(quick_server, domain={"name": "nowhere"})),
        refusal(ask(quick_server, id=quick_server.mine.user_id, domain={"name": "nowhere"})),
        refusal(ask(quick_server, password="x" * 2000)),
    }
    assert answers == {(401, "the user name, the account name or the password is wrong")}


def test_guessing_is_slowed_down_and_others_are_not(quick_server: IamServer) -> None:
    for _ in range(FREE_ATTEMPTS_PER_USER):
        assert refusal(ask(quick_server, password="wrong password"))[0] == 401
    answer = ask(quick_server)
    assert refusal(answer)[0] == 429
    assert int(answer.headers["retry-after"]) >= 1
    other = quick_server.other
    assert ask(quick_server, password=other.password, domain={"name": "other"}).status_code == 201


def test_tokens_are_shown_checked_and_revoked(server: IamServer) -> None:
    text = ask(server, {"project": {"name": "cn-north-4"}}).headers["x-subject-token"]
    headers = {"X-Auth-Token": text, "X-Subject-Token": text}
    shown = server.http.get("/v3/auth/tokens", headers=headers)
    assert shown.status_code == 200
    assert shown.headers["x-subject-token"] == text
    assert shown.json()["token"]["project"]["id"] == server.mine.iam_project_id
    assert server.http.head("/v3/auth/tokens", headers=headers).status_code == 200
    assert refusal(server.http.get("/v3/auth/tokens", headers={"X-Auth-Token": text}))[0] == 400
    assert server.http.delete("/v3/auth/tokens", headers=headers).status_code == 204
    again = ask(server).headers["x-subject-token"]
    headers["X-Auth-Token"] = again
    assert refusal(server.http.get("/v3/auth/tokens", headers=headers))[0] == 404
    assert server.http.head("/v3/auth/tokens", headers=headers).status_code == 404
    assert refusal(server.http.delete("/v3/auth/tokens", headers=headers))[0] == 404


def test_only_administrators_look_at_others_tokens_and_nobody_across_accounts(server: IamServer) -> None:
    server.iam.users.add(server.mine.domain_id, "ann", "a good password")
    admin = ask(server).headers["x-subject-token"]
    ann = ask(server, name="ann", password="a good password").headers["x-subject-token"]
    other = ask(server, password=server.other.password, domain={"name": "other"}).headers["x-subject-token"]

    def look(who: str, at: str) -> int:
        return server.http.get(
            "/v3/auth/tokens", headers={"X-Auth-Token": who, "X-Subject-Token": at}
        ).status_code

    assert (look(admin, ann), look(ann, ann), look(ann, admin)) == (200, 200, 404)
    assert (look(other, admin), look(admin, other)) == (404, 404)
    headers = {"X-Auth-Token": other, "X-Subject-Token": ann}
    assert server.http.delete("/v3/auth/tokens", headers=headers).status_code == 404
    assert look(ann, ann) == 200


def test_a_disabled_user_gets_no_token(server: IamServer) -> None:
    server.iam.users.disable(server.mine.domain_id, "admin")
    assert refusal(ask(server)) == (401, "the user admin is disabled")
    assert refusal(ask(server, password="wrong password"))[1] != "the user admin is disabled"


def test_version_discovery_needs_no_token(quick_server: IamServer) -> None:
    for path in ["/v3", "/v3/"]:
        version = quick_server.http.get(path).json()["version"]
        assert version["links"] == [{"rel": "self", "href": f"{quick_server.url}/v3/"}]
