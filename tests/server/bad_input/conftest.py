"""One application a database for all bad calls, which none of them may change."""

from collections.abc import Iterator

import pytest

from tests.server.bad_input.desk import BODY_LIMIT, Desk
from tests.support.application import application


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    postgres = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    url = postgres.new_database() if postgres else ""
    folder = tmp_path_factory.mktemp("bad-input")
    with (
        application(folder, url, http={"body_limit_bytes": BODY_LIMIT}) as app,
        app.caller(app.token(app.mine)) as http,
    ):
        yield Desk(app, http, app.world(app.mine, http))
    if postgres:
        postgres.drop(url)


@pytest.fixture(autouse=True)
def nothing_changes(desk: Desk) -> Iterator[None]:
    before = desk.state()
    yield
    assert desk.state() == before
