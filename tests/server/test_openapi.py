"""The OpenAPI description tells the truth about what is served."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import httpx
import jsonschema_rs
import pytest
import schemathesis

from bottega.app import create_routes
from tests.support.application import Application, application
from tests.support.operations import CALLS, Operation, operations

NOT_DESCRIBED = {"GET /metrics"}
FAMILIES = {
    "/v1/": {"400", "401", "403", "404", "413", "422", "500", "503"},
    "/v2/": {"400", "401", "403", "404", "413", "422", "500", "503"},
    "/v3/jobs/": {"400", "401", "403", "404", "413", "422", "500", "503"},
    "/v3/auth/": {"400", "401", "403", "404", "413", "500", "503"},
    "/v4/project": {"400", "401", "403", "404", "413", "500", "503"},
    "/v4/jobs/": {"400", "401", "403", "404", "413", "422", "500", "503"},
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    with application(tmp_path_factory.mktemp("openapi")) as running:
        yield running


@pytest.fixture(scope="module")
def described(app: Application) -> dict[str, Any]:
    answer = app.stranger.get("/openapi/openapi.json")
    assert answer.status_code == 200
    return answer.json()


@pytest.fixture(scope="module")
def served(app: Application) -> list[Operation]:
    return operations(create_routes(app.services, list))


def by_name(described: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        operation["operationId"]: operation
        for item in described["paths"].values()
        for operation in item.values()
    }


def test_the_description_is_valid(described: dict[str, Any]) -> None:
    schema = schemathesis.openapi.from_dict(described)
    schema.validate()


def test_every_operation_is_described_and_has_a_call(
    described: dict[str, Any], served: list[Operation]
) -> None:
    names = {operation.name for operation in served}
    assert names == set(CALLS)
    assert names - NOT_DESCRIBED == set(by_name(described))


def test_every_operation_says_what_it_refuses(described: dict[str, Any], served: list[Operation]) -> None:
    told = by_name(described)
    for operation in served:
        needed = next((codes for path, codes in FAMILIES.items() if operation.path.startswith(path)), set())
        assert needed <= set(told.get(operation.name, {}).get("responses", needed)), operation.name


def test_every_refusal_is_described_with_its_body(described: dict[str, Any]) -> None:
    for name, operation in by_name(described).items():
        for status, response in operation["responses"].items():
            if status < "400" or name == "healthz":
                continue
            (media, content), *more = response["content"].items()
            assert (media, more) == ("application/json;charset=UTF-8", []), f"{name} {status}"
            body = described["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
            assert {"error_code", "error_msg"} <= set(body["required"]), f"{name} {status}"
            assert HTTPStatus(int(status)).phrase


def test_only_what_strangers_may_call_is_described_as_open(
    app: Application, described: dict[str, Any], served: list[Operation]
) -> None:
    told = by_name(described)
    for operation in served:
        if operation.name in NOT_DESCRIBED:
            continue
        path = operation.path.replace("{", "").replace("}", "")
        refused = app.stranger.request(operation.method, path).status_code == 401
        assert bool(told[operation.name].get("security")) == refused, operation.name


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_good_call_is_answered_as_described(
    app: Application, described: dict[str, Any], served: list[Operation], name: str
) -> None:
    operation = next(one for one in served if one.name == name)
    with app.caller(app.token(app.mine)) as http:
        answer = operation.send(http, app.world(app.mine, http))
    assert answer.is_success, f"{answer.status_code} {answer.text}"
    if name in NOT_DESCRIBED:
        return
    check_answer(described, by_name(described)[name], answer)


def check_answer(described: dict[str, Any], operation: dict[str, Any], answer: httpx.Response) -> None:
    """The status is described, and headers and body are as described for it."""
    response = operation["responses"][str(answer.status_code)]
    for header, rules in response.get("headers", {}).items():
        assert not rules.get("required") or header in answer.headers, header
    content: dict[str, Any] = response.get("content") or {}
    if not content or answer.request.method == "HEAD":
        assert answer.content == b""
        return
    media = answer.headers["content-type"].replace(" ", "").lower()
    assert media in {one.lower() for one in content}
    (body,) = content.values()
    if "json" in media:
        schema = {**body["schema"], "components": described["components"]}
        jsonschema_rs.Draft202012Validator(schema).validate(answer.json())
