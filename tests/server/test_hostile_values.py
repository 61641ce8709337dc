"""No value at any place of any call breaks the server: on PostgreSQL, which refuses more than SQLite does."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from tests.support.application import Application, World, application
from tests.support.calls import CALLS
from tests.support.calls.request import Request
from tests.support.databases import Postgres
from tests.support.operations import OPEN, Operation, operations

pytestmark = pytest.mark.sweep

TEXTS = ["\0", "", "\u202e\U0001f600" * 3000, "'; --", "../" * 9]
NUMBERS = [-1, 2**31, 2**63, 10**30]
VALUES: list[Any] = [*TEXTS, *NUMBERS, None, True, [], {}, [[[]]], "\ud800"]
PATHS = ["%00", "%ff", "x" * 300, "-1", str(2**63), "%F0%9F%98%80"]


class Target(msgspec.Struct, frozen=True):
    """The application, its operations, and the query parameters that the description names."""

    app: Application
    http: httpx.Client
    operations: dict[str, Operation]
    queries: dict[str, list[str]]


@pytest.fixture(scope="module")
def target(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    url = postgres.new_database()
    with application(tmp_path_factory.mktemp("hostile"), url, runs={"tenant_queue": 100_000}) as app:
        served = {operation.name: operation for operation in operations(app.routes)}
        paths = app.description()["paths"]
        queries = {
            f"{method.upper()} {path}": [
                one["name"] for one in rules.get("parameters", []) if one["in"] == "query"
            ]
            for path, item in paths.items()
            for method, rules in item.items()
        }
        with app.caller(app.token(app.mine)) as http:
            yield Target(app, http, served, queries)
    postgres.drop(url)


@pytest.mark.parametrize("name", sorted(CALLS.keys() - OPEN))
def test_nothing_that_a_client_can_write_breaks_the_server(target: Target, name: str) -> None:
    operation = target.operations[name]
    app, http = target.app, target.http
    world = app.looked_at(http) if operation.reads else app.world(app.mine, http, operation.things)
    request = CALLS[name](world)
    answers = [
        *in_path(target, operation, world, request),
        *in_query(target, operation, world, request),
        *in_body(target, operation, world, request),
    ]
    broken = [f"{sent}: {answer.status_code}" for sent, answer in answers if answer.status_code >= 500]
    assert not broken
    for sent, answer in answers:
        if answer.status_code >= 400 and operation.method != "HEAD":
            assert answer.json()["error_code"], sent


def in_path(
    target: Target, operation: Operation, world: World, request: Request
) -> Iterator[tuple[str, httpx.Response]]:
    ids = {"build_number": world.build_no, **world.ids, **request.path}
    for field in [field for field in ids if f"{{{field}}}" in operation.path]:
        for value in PATHS:
            path = operation.url({**ids, field: value})
            body = request.body if operation.takes_body else None
            answer = target.http.request(
                operation.method, path, params=request.query, headers=request.headers, json=body
            )
            yield path, answer


def in_query(
    target: Target, operation: Operation, world: World, request: Request
) -> Iterator[tuple[str, httpx.Response]]:
    path = operation.url({"build_number": world.build_no, **world.ids, **request.path})
    body = request.body if operation.takes_body else None
    for field in target.queries.get(operation.route, []):
        for value in [*TEXTS, *NUMBERS]:
            query = {**request.query, field: str(value)[:5000]}
            answer = target.http.request(
                operation.method, path, params=query, headers=request.headers, json=body
            )
            yield f"{path} {field}={value!r:.40}", answer


def in_body(
    target: Target, operation: Operation, world: World, request: Request
) -> Iterator[tuple[str, httpx.Response]]:
    if not operation.takes_body or request.files is not None:
        return
    path = operation.url({**world.ids, **request.path})
    for where in places(request.body):
        for value in VALUES:
            body = json.loads(json.dumps(request.body))
            at = body
            for step in where[:-1]:
                at = at[step]
            at[where[-1]] = value
            answer = target.http.request(
                operation.method,
                path,
                params=request.query,
                headers={**request.headers, "Content-Type": "application/json"},
                content=json.dumps(body),
            )
            yield f"{path} {where}={value!r:.40}", answer


def places(body: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a body there is something, at any depth."""
    items = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in items:
        yield (*above, key)
        yield from places(value, (*above, key))
