"""The layer that finds out who is asking, through a real HTTP server."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from bottega.iam.scopes import Scope
from bottega.iam.tables import AccessKey
from bottega.iam.tokens import UserReference
from bottega.store.database import Database
from tests.support.iam_server import BODY_LIMIT, IamServer, iam_server
from tests.support.signing import sign


@pytest.fixture
def server(database: Database) -> Iterator[IamServer]:
    with iam_server(database) as running:
        yield running


@pytest.fixture
def quick_server(sqlite_database: Database) -> Iterator[IamServer]:
    with iam_server(sqlite_database) as running:
        yield running


def a_token(server: IamServer, scope: Scope | None = None) -> str:
    who = UserReference(name=server.mine.user_name, domain_name=server.mine.domain_name)
    scope = scope or Scope(kind="project", id=server.mine.iam_project_id)
    return server.iam.tokens.issue_for_password(who, server.mine.password, scope).text


def refusal(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/json;charset=UTF-8"
    assert len(response.headers["x-request-id"]) == 32
    return response.status_code, response.json()["error_code"]


def test_a_stranger_gets_401_whatever_they_send(quick_server: IamServer) -> None:
    http, url = quick_server.http, quick_server.url
    for response in [
        http.post("/v1/echo", content=b"{not json"),
        http.get("/v1/nowhere"),
        http.put("/v1/echo"),
        http.get("/"),
        http.post("/v4/project", json={"project_name": 5}),
        http.post("/v1/echo", content=b"x" * (BODY_LIMIT * 2)),
        http.get("/v3/auth/tokens"),
        http.get("/v3/auth/../../v1/echo"),
        http.get(f"{url}//v3"),
    ]:
        assert refusal(response) == (401, "APIGW.0301")


def test_a_token_tells_who_is_calling(server: IamServer) -> None:
    answer = server.http.get("/v1/whoami/x", headers={"X-Auth-Token": a_token(server)})
    assert answer.json()["tenant_name"] == "mine"
    assert answer.json()["iam_project_id"] == server.mine.iam_project_id


def test_a_signature_tells_who_is_calling(server: IamServer) -> None:
    mine = server.mine
    for project_id, domain_id in [("", ""), (mine.iam_project_id, ""), ("", mine.domain_id)]:
        headers = {"X-Project-Id": project_id} if project_id else {}
        headers |= {"X-Domain-Id": domain_id} if domain_id else {}
        request = sign(httpx.Request("GET", f"{server.url}/v1/whoami/x?b=2&a=1&a=%2F", headers=headers), mine)
        answer = server.http.send(request)
        assert answer.json()["user_name"] == "admin"
        assert answer.json()["iam_project_id"] == mine.iam_project_id
        assert sorted(answer.json()["query"]) == [["a", "/"], ["a", "1"], ["b", "2"]]


def test_a_signature_as_the_go_signer_makes_it_is_accepted(server: IamServer) -> None:
    """It signs neither host nor what is added afterwards."""
    request = httpx.Request(
        "POST",
        f"{server.url}/v1/echo",
        content=b'{"a": 1}',
        headers={"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "golang"},
    )
    request = sign(request, server.mine, only=["accept", "content-type", "user-agent", "x-sdk-date"])
    request.headers["X-Project-Id"] = server.mine.iam_project_id
    answer = server.http.send(request)
    assert answer.status_code == 200
    assert answer.json()["body"] == '{"a": 1}'


def test_another_accounts_project_or_domain_is_refused(quick_server: IamServer) -> None:
    server = quick_server
    for headers in [{"X-Project-Id": server.other.iam_project_id}, {"X-Domain-Id": server.other.domain_id}]:
        request = sign(httpx.Request("GET", f"{server.url}/v1/whoami/x", headers=headers), server.mine)
        answer = quick_server.http.send(request)
        assert refusal(answer) == (401, "APIGW.0301")
        assert next(iter(headers)) in answer.json()["error_msg"]


def test_a_tampered_request_is_refused(quick_server: IamServer) -> None:
    server = quick_server
    signed = sign(httpx.Request("POST", f"{server.url}/v1/echo?a=1", json={"job": "x"}), server.mine)
    assert quick_server.http.send(signed).status_code == 200
    for change in [
        {"content": b'{"job":"y"}'},
        {"url": f"{server.url}/v1/echo?a=2"},
        {"url": f"{server.url}/v1/echo"},
        {"method": "PUT"},
    ]:
        parts = {"method": "POST", "url": str(signed.url), "content": signed.content} | change
        headers = {name: value for name, value in signed.headers.items() if name != "content-length"}
        answer = quick_server.http.request(**parts, headers=headers)  # pyright: ignore[reportArgumentType]
        assert refusal(answer) == (401, "APIGW.0301")
        assert "does not match" in answer.json()["error_msg"]


def test_an_old_or_future_date_is_refused(quick_server: IamServer) -> None:
    for minutes, status in [(-16, 401), (-14, 200), (14, 200), (16, 401)]:
        request = httpx.Request("GET", f"{quick_server.url}/v1/whoami/x")
        answer = quick_server.http.send(sign(request, quick_server.mine, minutes_ahead=minutes))
        assert answer.status_code == status


def test_revoking_and_disabling_hold_for_the_next_request(server: IamServer) -> None:
    iam, mine = server.iam, server.mine
    token = a_token(server)

    def by_token() -> str:
        answer = server.http.get("/v1/whoami/x", headers={"X-Auth-Token": token})
        return "ok" if answer.status_code == 200 else answer.json()["error_msg"]

    def by_key() -> str:
        answer = server.http.send(sign(httpx.Request("GET", f"{server.url}/v1/whoami/x"), mine))
        return "ok" if answer.status_code == 200 else answer.json()["error_msg"]

    assert by_token() == by_key() == "ok"
    revoked = server.http.delete("/v3/auth/tokens", headers={"X-Auth-Token": token, "X-Subject-Token": token})
    assert revoked.status_code == 204
    assert by_token() == "the token was revoked"
    token = a_token(server)
    iam.access_keys.revoke(mine.domain_id, mine.access_key)
    assert by_key() == "the access key was revoked"
    iam.users.set_password(mine.domain_id, "admin", "another password")
    assert by_token() == "the token was revoked"
    iam.users.disable(mine.domain_id, "admin")
    assert by_key() == "the access key was revoked"


def test_an_expired_token_and_a_resealed_key_are_refused(database: Database) -> None:
    with iam_server(database) as server:
        token = a_token(server)
        with database.write() as session:
            from bottega.iam.callers import token_id
            from bottega.iam.tables import Token

            session.get_one(Token, token_id(token)).expires_at = 1
            session.get_one(AccessKey, server.mine.access_key).sealed_secret = b"x" * 40
        answer = server.http.get("/v1/whoami/x", headers={"X-Auth-Token": token})
        assert answer.json()["error_msg"] == "the token has expired"
        answer = server.http.send(sign(httpx.Request("GET", f"{server.url}/v1/whoami/x"), server.mine))
        assert refusal(answer) == (401, "APIGW.0301")
        assert "master key" in answer.json()["error_msg"]


def test_a_token_without_a_project_is_for_iam_calls_only(server: IamServer) -> None:
    for scope in [Scope(kind="unscoped"), Scope(kind="domain", id=server.mine.domain_id)]:
        headers = {"X-Auth-Token": a_token(server, scope)}
        answer = server.http.get("/v1/whoami/x", headers=headers)
        assert refusal(answer) == (403, "APIGW.0302")
        assert "project-scoped" in answer.json()["error_msg"]
        assert server.http.get("/v3/projects", headers=headers).status_code == 200
        assert server.http.get("/v3/auth/domains", headers=headers).status_code == 200


def test_a_signed_body_above_the_limit_is_refused_before_it_is_read(quick_server: IamServer) -> None:
    big = httpx.Request("POST", f"{quick_server.url}/v1/echo", content=b"x" * (BODY_LIMIT + 1))
    assert refusal(quick_server.http.send(sign(big, quick_server.mine))) == (413, "APIGW.0201")
    fits = httpx.Request("POST", f"{quick_server.url}/v1/echo", content=b"x" * BODY_LIMIT)
    answer = quick_server.http.send(sign(fits, quick_server.mine))
    assert answer.json()["body"] == "x" * BODY_LIMIT


def test_a_chunked_signed_body_above_the_limit_is_refused(quick_server: IamServer) -> None:
    content = b"x" * (BODY_LIMIT + 1)
    signed = sign(httpx.Request("POST", f"{quick_server.url}/v1/echo", content=content), quick_server.mine)
    del signed.headers["content-length"]
    answer = quick_server.http.post(
        str(signed.url),
        content=(content[i : i + 9000] for i in range(0, len(content), 9000)),
        headers=signed.headers,
    )
    assert refusal(answer) == (413, "APIGW.0201")


def test_an_upload_may_leave_its_body_unsigned(quick_server: IamServer) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x", "X-Sdk-Content-Sha256": "UNSIGNED-PAYLOAD"}
    content = b"y" * (BODY_LIMIT + 1)
    request = httpx.Request("POST", f"{quick_server.url}/v1/echo", content=content, headers=headers)
    answer = quick_server.http.send(sign(request, quick_server.mine))
    assert answer.status_code == 200
    assert len(answer.json()["body"]) == len(content)
    request.headers["Content-Type"] = "application/json"
    answer = quick_server.http.send(sign(request, quick_server.mine))
    assert refusal(answer) == (401, "APIGW.0301")
    assert "UNSIGNED-PAYLOAD is for uploads" in answer.json()["error_msg"]


def test_the_request_id_is_ours_and_on_every_response(quick_server: IamServer) -> None:
    headers = {"X-Auth-Token": a_token(quick_server), "X-Request-Id": "mine"}
    seen = set[str]()
    for path in ["/v1/whoami/x", "/v1/nowhere", "/v3"]:
        answer = quick_server.http.get(f"{path}", headers=headers)
        assert answer.headers.get_list("x-request-id") == [answer.headers["x-request-id"]]
        seen.add(answer.headers["x-request-id"])
    assert len(seen) == 3
    assert "mine" not in seen


def test_an_unknown_url_is_told_only_to_those_who_are_known(quick_server: IamServer) -> None:
    answer = quick_server.http.get("/v1/nowhere", headers={"X-Auth-Token": a_token(quick_server)})
    assert refusal(answer) == (404, "CB.00060214")


def test_a_client_that_leaves_in_the_middle_of_its_body_harms_nobody(quick_server: IamServer) -> None:
    signed = sign(
        httpx.Request("POST", f"{quick_server.url}/v1/echo", content=b"x" * 1000), quick_server.mine
    )
    head = "".join(f"{name}: {value}\r\n" for name, value in signed.headers.items())
    host, port = signed.url.host, signed.url.port
    with socket.create_connection((host, port)) as connection:
        connection.sendall(f"POST /v1/echo HTTP/1.1\r\n{head}\r\nxxx".encode())
    headers = {"X-Auth-Token": a_token(quick_server)}
    assert quick_server.http.get("/v1/whoami/x", headers=headers).status_code == 200


def test_many_callers_at_once_are_kept_apart(server: IamServer) -> None:
    def who(index: int) -> str:
        credentials = server.mine if index % 2 else server.other
        answer = server.http.send(sign(httpx.Request("GET", f"{server.url}/v1/whoami/{index}"), credentials))
        return answer.json()["tenant_name"]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(who, range(40))) == ["other", "mine"] * 20
