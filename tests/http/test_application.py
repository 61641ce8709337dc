"""Routers of operations that several applications have, each with what it gives itself."""

import pytest
from litestar import Router, get
from litestar.di import NamedDependency, Provide
from litestar.testing import create_test_client

from bottega.http.application import OwnRouter


@get(["/word", "/another/{name:str}"])
async def say(word: NamedDependency[str]) -> str:
    return word


@get("/number")
async def count(number: NamedDependency[int]) -> int:
    return number


SHARED = Router(
    "/shared", route_handlers=[say, count], dependencies={"number": Provide(lambda: 2, sync_to_thread=False)}
)


def own(word: str) -> OwnRouter:
    texts = {"word": word, "number": word, "unused": word}
    return OwnRouter(SHARED, {name: Provide(lambda: word, sync_to_thread=False) for name in texts})


def test_two_applications_have_their_own_of_one_router() -> None:
    for word in ("one", "two"):
        with create_test_client(own(word), openapi_config=None) as client:
            assert client.get("/shared/word").text == word
            assert client.get("/shared/another/name").text == word


def test_what_a_router_has_itself_goes_before_what_it_is_given_and_the_rest_is_left_out() -> None:
    made = own("one")
    assert set(made.dependencies) == {"word", "number"}
    with create_test_client(made, openapi_config=None) as client:
        assert client.get("/shared/number").json() == 2
    assert set(SHARED.dependencies) == {"number"}
    assert all(handler.owner is SHARED for route in SHARED.routes for handler in route.route_handlers)  # type: ignore[union-attr]


def test_a_router_within_a_router_is_refused() -> None:
    above = Router("/above", route_handlers=[SHARED])
    with pytest.raises(TypeError, match="router within the router"):
        OwnRouter(above, {})
