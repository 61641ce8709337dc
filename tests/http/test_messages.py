"""What a client is told that sent something which cannot even be read: the field as it wrote it, and the reason."""

from collections.abc import Iterator

import msgspec
import pytest
from litestar import Litestar, Response, get, post
from litestar.params import FromQuery, JSONBody
from litestar.testing import TestClient

from bottega.http.errors import DEFAULT_CODES, exception_handlers
from bottega.http.operation import op


class Item(msgspec.Struct):
    name: str
    value: str | int | None = None


class Order(msgspec.Struct):
    job_id: str
    items: list[Item] | None = None


@post("/orders", **op("order", "Order something"))
def order(data: JSONBody[Order]) -> Order:
    return data


@post("/names", **op("names", "A list of names"))
def names(data: JSONBody[list[str]]) -> list[str]:
    return data


@post("/items", **op("items", "A list of items"))
def items(data: JSONBody[list[Item]]) -> list[Item]:
    return data


@get("/orders", **op("orders", "List orders"))
def orders(page: FromQuery[int], sort: FromQuery[str] = "") -> dict[str, str]:
    return {"page": str(page), "sort": sort}


@get("/days", **op("days", "List days"))
def days(first: FromQuery[str], middle: FromQuery[str], last: FromQuery[str]) -> dict[str, str]:
    return {"first": first, "middle": middle, "last": last}


@get("/octets", **op("octets", "Octets", media_type="application/octet-stream"))
def octets() -> Response[bytes]:
    return Response(b"octets")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Litestar]]:
    app = Litestar(
        [order, names, items, orders, days, octets],
        exception_handlers=exception_handlers(DEFAULT_CODES),
        openapi_config=None,
        logging_config=None,
    )
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("", "the body is missing"),
        ("{", "the body is not valid JSON: a part of it is missing"),
        ('{"job_id": "\\ud800"}', "the body is not valid JSON: a part of it is missing"),
        ("{]", "the body is not valid JSON: "),
        ("[]", "the body must be an object, not a list"),
        ("null", "the body must be an object, not null"),
        ("7", "the body must be an object, not a whole number"),
        ("{}", "job_id: is missing"),
        ('{"job_id": 7}', "job_id: must be text, not a whole number"),
        ('{"job_id": "a", "items": {}}', "items: must be a list or null, not an object"),
        ('{"job_id": "a", "items": [{}]}', "items[0].name: is missing"),
        (
            '{"job_id": "a", "items": [{"name": "b"}, {"name": []}]}',
            "items[1].name: must be text, not a list",
        ),
        (
            '{"job_id": "a", "items": [{"name": "b", "value": 1.5}]}',
            "items[0].value: must be a whole number, text or null, not a number",
        ),
        ("[" * 100_000, "the body is nested too deeply"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_in_words(
    client: TestClient[Litestar], body: str, told: str
) -> None:
    answer = client.post("/orders", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "CB.00060200")
    assert answer.json()["error_msg"].startswith(told)
    assert "$" not in answer.text
    assert "`" not in answer.text


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("names", '["a", null]', "body[1]: must be text, not null"),
        ("names", '["a", "b", ["c"]]', "body[2]: must be text, not a list"),
        ("names", "{}", "the body must be a list, not an object"),
        ("names", "", "the body is missing"),
        ("items", '[{"name": "a"}, {}]', "body[1].name: is missing"),
        ("items", '[{"name": 3}]', "body[0].name: must be text, not a whole number"),
    ],
)
def test_the_place_in_a_body_that_is_a_list_is_told(
    client: TestClient[Litestar], path: str, body: str, told: str
) -> None:
    answer = client.post(f"/{path}", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error_msg"]) == (400, told)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "page: is missing"),
        ("page=x", "page: must be a whole number, not text"),
    ],
)
def test_a_query_that_does_not_fit_is_refused_in_words(
    client: TestClient[Litestar], query: str, told: str
) -> None:
    answer = client.get(f"/orders?{query}")
    assert (answer.status_code, answer.json()["error_msg"]) == (400, told)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "first: is missing; middle: is missing; last: is missing"),
        ("middle=1", "first: is missing; last: is missing"),
    ],
)
def test_all_that_is_missing_from_a_query_is_told(
    client: TestClient[Litestar], query: str, told: str
) -> None:
    assert client.get(f"/days?{query}").json()["error_msg"] == told


def test_an_unknown_url_or_method_is_refused_in_words(client: TestClient[Litestar]) -> None:
    unknown, wrong = client.get("/nowhere"), client.delete("/orders")
    assert (unknown.status_code, unknown.json()["error_msg"]) == (404, "there is nothing at this URL")
    assert (wrong.status_code, wrong.json()["error_msg"]) == (405, "the URL exists but not with this method")


def test_answers_name_their_media_type_as_the_api_does(client: TestClient[Litestar]) -> None:
    expected = "application/json;charset=UTF-8"
    for answer in (client.get("/orders?page=1"), client.get("/orders"), client.get("/nowhere")):
        assert answer.headers["content-type"] == expected
    assert client.get("/octets").headers["content-type"] == "application/octet-stream"
