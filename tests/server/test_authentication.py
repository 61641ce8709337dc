"""Who is asking is known before anything else about a request is looked at, in every operation."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from bottega.iam.callers import token_id
from bottega.iam.tables import Token
from tests.support.application import Application, application, nowhere
from tests.support.calls import CALLS
from tests.support.operations import OPEN, Operation, operations

pytestmark = pytest.mark.sweep

IAM = ("/v3/auth/", "/v3/projects")
MALFORMED = b'{"job_id": '


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    with application(tmp_path_factory.mktemp("authentication")) as running:
        yield running


@pytest.fixture(scope="module")
def served(app: Application) -> dict[str, Operation]:
    return {operation.name: operation for operation in operations(app.routes)}


@pytest.fixture(scope="module")
def expired(app: Application) -> str:
    text = app.token(app.mine)
    with app.services.database.write() as session:
        session.get_one(Token, token_id(text)).expires_at = 1
    return text


@pytest.fixture(scope="module")
def of_the_account(app: Application) -> str:
    return app.token(app.mine, {"domain": {"id": app.mine.domain_id}})


def ask(
    app: Application, operation: Operation, proof: Mapping[str, str | bytes] | None = None
) -> httpx.Response:
    """Send a malformed body with this proof of who is asking."""
    headers: Any = {"Content-Type": "application/json", **(proof or {})}
    path = operation.url(nowhere().ids)
    answer = app.stranger.request(operation.method, path, content=MALFORMED, headers=headers)
    assert answer.headers["x-request-id"]
    return answer


def code_of(operation: Operation, answer: httpx.Response) -> str:
    """The error code, which has to be in the family's body."""
    if operation.method == "HEAD":
        return ""
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    body = answer.json()
    if operation.path.startswith(IAM):
        error = body.pop("error")
        assert (error["code"], error["message"]) == (answer.status_code, body["error_msg"])
        assert error["title"]
    assert set(body) == {"error_code", "error_msg"}
    assert body["error_msg"]
    return body["error_code"]


@pytest.mark.parametrize("name", sorted(CALLS.keys() - OPEN))
def test_nobody_gets_past_the_door_without_a_proof(
    app: Application, served: dict[str, Operation], expired: str, name: str
) -> None:
    operation = served[name]
    code = "" if operation.method == "HEAD" else "APIGW.0301"
    proofs: list[dict[str, str | bytes]] = [
        {},
        {"X-Auth-Token": ""},
        {"X-Auth-Token": "nonsense"},
        {"X-Auth-Token": b"\xff" * 3000},
        {"X-Auth-Token": expired},
        {"Authorization": f"Bearer {expired}"},
        {"Authorization": "SDK-HMAC-SHA256 Access=A, SignedHeaders=x-sdk-date, Signature=" + "0" * 64},
        {"Authorization": "V11-HMAC-SHA256 Credential=A, SignedHeaders=host, Signature=0"},
    ]
    for proof in proofs:
        answer = ask(app, operation, proof)
        assert (answer.status_code, code_of(operation, answer)) == (401, code), proof


@pytest.mark.parametrize("name", sorted(CALLS.keys() - OPEN))
def test_a_token_of_the_account_is_for_iam_operations_only(
    app: Application, served: dict[str, Operation], of_the_account: str, name: str
) -> None:
    operation = served[name]
    answer = ask(app, operation, {"X-Auth-Token": of_the_account})
    if operation.path.startswith(IAM):
        assert answer.status_code not in {401, 403}
    else:
        code = "" if operation.method == "HEAD" else "APIGW.0302"
        assert (answer.status_code, code_of(operation, answer)) == (403, code)


def test_the_door_is_open_for_these_operations_only(served: dict[str, Operation], app: Application) -> None:
    passed = {name for name, operation in served.items() if ask(app, operation).status_code != 401}
    assert passed <= OPEN
