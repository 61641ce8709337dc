"""One application for all tests of the console, with a world of its first tenant, and people who are signed in."""

import re
from collections.abc import Callable, Iterator

import httpx
import pytest

from bottega.iam.tenants import Credentials
from tests.support.application import CALL_SECONDS, Application, World, application


class Visitor:
    """Somebody with a browser that runs no scripts."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, trust_env=False, verify=False, timeout=CALL_SECONDS)

    def sign_in(self, who: Credentials) -> httpx.Response:
        """Fill the form of the sign-in page."""
        fields = {"account": who.domain_name, "user": who.user_name, "password": who.password}
        return self.http.post("/console/sign-in", data=fields)

    def get(self, path: str, status: int = 200) -> str:
        """The page."""
        answer = self.http.get(path)
        assert answer.status_code == status, answer.text
        return answer.text

    def proof(self) -> str:
        """What forms carry on the pages this visitor sees."""
        found = re.search(r'name="proof" value="(\w+)"', self.get("/console"))
        assert found is not None
        return found[1]

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form of a page."""
        return self.http.post(path, data={"proof": self.proof(), **fields})


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    with application(tmp_path_factory.mktemp("console")) as running:
        yield running


@pytest.fixture(scope="session")
def world(app: Application) -> World:
    with app.caller(app.token(app.mine)) as http:
        return app.world(app.mine, http)


@pytest.fixture(scope="session")
def visit(app: Application) -> Iterator[Callable[[Credentials], Visitor]]:
    """Somebody who has just signed in."""
    visitors: list[Visitor] = []

    def make(who: Credentials) -> Visitor:
        visitor = Visitor(app.url)
        visitors.append(visitor)
        assert visitor.sign_in(who).status_code == 303
        return visitor

    yield make
    for visitor in visitors:
        visitor.http.close()


@pytest.fixture(scope="session")
def mine(app: Application, visit: Callable[[Credentials], Visitor]) -> Visitor:
    return visit(app.mine)


@pytest.fixture(scope="session")
def other(app: Application, visit: Callable[[Credentials], Visitor]) -> Visitor:
    return visit(app.other)


@pytest.fixture(scope="session")
def powerless(app: Application, world: World, visit: Callable[[Credentials], Visitor]) -> Visitor:
    """A user of the first tenant who is in no group and in no project."""
    from msgspec.structs import replace

    added = app.services.iam.users.add(app.mine.domain_id, "powerless", "no-rights-at-all")
    return visit(replace(app.mine, user_id=added.id, user_name=added.name, password="no-rights-at-all"))
