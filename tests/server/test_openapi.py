"""The OpenAPI description tells the truth about what is served."""

from collections.abc import Iterator
from functools import reduce
from operator import getitem
from typing import Any
from urllib.parse import quote

import httpx
import jsonschema_rs
import pytest
from litestar.routes import HTTPRoute

from tests.support.application import Application, application
from tests.support.calls import CALLS
from tests.support.operations import Operation, operations

pytestmark = pytest.mark.sweep

DESCRIPTION = "urn:description"
NOT_DESCRIBED = {"GET /metrics"}
OPEN = {"GET /", "GET /healthz", "GET /schemas/build.yml.json"}
CHECK = {"400", "401", "403", "404", "413", "500", "503"}
FAMILIES = {
    "/v1/task/": CHECK,
    "/v1/tasks": CHECK,
    "/v1/jobs": CHECK,
    "/v1/console-log": CHECK,
    "/v1/log-file": CHECK,
    "/v4/tasks": CHECK,
    "/v1/gates": CHECK,
    "/v1/vpcep-authorization": CHECK,
    "/v1/defect": CHECK,
    "/v1/history/": CHECK,
    "/v1/measure/": CHECK,
    "/v2/measure/": CHECK,
    "/v2/related-duplicate-blocks": CHECK,
    "/v2/async-job": CHECK,
    "/v2/{project_id}": CHECK,
    "/v2/tasks": CHECK,
    "/v2/excute": CHECK,
    "/v2/{domain_id}": CHECK,
    "/v2/pipeline-task": CHECK,
    "/v2/transmission": CHECK,
    "/v4/task": CHECK,
    "/v4/template-tasks": CHECK,
    "/v3/task": CHECK,
    "/v3/{project_id}/tasks": CHECK,
    "/v1/criterion": CHECK,
    "/v1/relations": CHECK,
    "/v1/rule/": CHECK,
    "/v2/rule": CHECK,
    "/v2/all-criterionsets": CHECK,
    "/v2/criterions": CHECK,
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
def http(app: Application) -> Iterator[httpx.Client]:
    with app.caller(app.token(app.mine)) as http:
        yield http


@pytest.fixture(scope="module")
def described(app: Application) -> dict[str, Any]:
    answer = app.stranger.get("/openapi/openapi.json")
    assert answer.status_code == 200
    return answer.json()


@pytest.fixture(scope="module")
def registry(described: dict[str, Any]) -> jsonschema_rs.Registry:
    """The whole description, so that schemas of answers may refer to its parts: compiled once."""
    return jsonschema_rs.Registry([(DESCRIPTION, described)], draft=jsonschema_rs.Draft202012)


@pytest.fixture(scope="module")
def served(app: Application) -> list[Operation]:
    return operations(app.routes)


def by_route(described: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, item in described["paths"].items()
        for method, operation in item.items()
    }


def test_the_description_is_valid(described: dict[str, Any]) -> None:
    # Every process of the suite would otherwise import it, which takes it a second.
    import schemathesis

    schema = schemathesis.openapi.from_dict(described)
    schema.validate()


def test_every_operation_is_described_and_has_a_call(
    described: dict[str, Any], served: list[Operation]
) -> None:
    assert {operation.name for operation in served} == set(CALLS)
    assert {operation.route for operation in served} - NOT_DESCRIBED == set(by_route(described))


def test_every_operation_says_what_it_refuses(described: dict[str, Any], served: list[Operation]) -> None:
    told = by_route(described)
    for operation in served:
        needed = next((codes for path, codes in FAMILIES.items() if operation.path.startswith(path)), set())
        assert needed <= set(told.get(operation.route, {}).get("responses", needed)), operation.name


def test_every_refusal_is_described_with_its_body(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    for route, operation in by_route(described).items():
        refusals = {status: rules for status, rules in operation["responses"].items() if status >= "400"}
        for status, response in refusals.items() if route not in OPEN else ():
            (media, content), *more = response["content"].items()
            assert (media, more) == ("application/json;charset=UTF-8", []), f"{route} {status}"
            for body in content["schema"].get("anyOf", [content["schema"]]):
                required = schemas[body["$ref"].rpartition("/")[2]]["required"]
                assert {"error_code", "error_msg"} <= set(required), f"{route} {status}"


def test_no_field_of_a_body_is_named_like_something_a_handler_is_given(
    app: Application, described: dict[str, Any]
) -> None:
    """The framework takes what is wrong with such a field for a defect of the server."""
    given = {
        name
        for route in app.routes.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for name in handler.dependency_name_set
    }
    assert {"principal", "builds", "check_tasks"} <= given
    for route, operation in by_route(described).items():
        for content in operation.get("requestBody", {}).get("content", {}).values():
            for rules in content["schema"].get("anyOf", [content["schema"]]):
                body = described["components"]["schemas"].get(rules.get("$ref", "").rpartition("/")[2], rules)
                assert not given & body.get("properties", {}).keys(), route


def test_only_what_strangers_may_call_is_described_as_open(
    app: Application, described: dict[str, Any], served: list[Operation]
) -> None:
    told = by_route(described)
    for operation in served:
        if operation.route not in NOT_DESCRIBED:
            refused = app.stranger.request(operation.method, operation.url({})).status_code == 401
            assert bool(told[operation.route].get("security")) == refused, operation.name


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_good_call_is_answered_as_described(
    app: Application,
    http: httpx.Client,
    described: dict[str, Any],
    registry: jsonschema_rs.Registry,
    served: list[Operation],
    name: str,
) -> None:
    operation = next(one for one in served if one.name == name)
    answer = operation.send(
        http, app.looked_at(http) if operation.reads else app.world(app.mine, http, operation.things)
    )
    assert answer.is_success, f"{answer.status_code} {answer.text}"
    if operation.route not in NOT_DESCRIBED:
        check_answer(described, registry, operation, answer)


def check_answer(
    described: dict[str, Any], registry: jsonschema_rs.Registry, operation: Operation, answer: httpx.Response
) -> None:
    """The status is described, and headers and body are as described for it."""
    place = ["paths", operation.path, operation.method.lower(), "responses", str(answer.status_code)]
    response = reduce(getitem, place, described)
    for header, rules in response.get("headers", {}).items():
        assert not rules.get("required") or header in answer.headers, header
    content: dict[str, Any] = response.get("content") or {}
    if not content or answer.request.method == "HEAD":
        assert answer.content == b""
        return
    media = answer.headers["content-type"].replace(" ", "").lower()
    assert media in {one.lower() for one in content}
    (described_media,) = content
    if "json" in media:
        pointer = "/".join(quote(step.replace("~", "~0").replace("/", "~1")) for step in place)
        body = quote(described_media.replace("/", "~1"))
        schema = {"$ref": f"{DESCRIPTION}#/{pointer}/content/{body}/schema"}
        jsonschema_rs.Draft202012Validator(schema, registry=registry).validate(answer.json())
