"""One server for each file of tests; every test has a build of its own."""

from collections.abc import Iterator

import pytest

from tests.build.harness import Server, build_server, new_callers
from tests.build.logs.logged import LoggedBuild, new_build
from tests.support.databases import seed_project


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with build_server(tmp_path_factory.mktemp("logs")) as started:
        yield new_callers(started)


@pytest.fixture(scope="module")
def workshop(server: Server) -> str:
    """Id of alice's project."""
    return seed_project(server.builds.database, server.callers["alice"])


@pytest.fixture
def logged(server: Server, workshop: str) -> LoggedBuild:
    return new_build(server, workshop)
