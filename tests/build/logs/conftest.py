"""Two tenants for each file of tests; every test has a build of its own."""

import pytest

from tests.build.harness import Server, new_callers
from tests.build.logs.logged import LoggedBuild, new_build
from tests.support.databases import seed_project


@pytest.fixture(scope="module")
def server(shared_server: Server) -> Server:
    return new_callers(shared_server)


@pytest.fixture(scope="module")
def workshop(server: Server) -> str:
    """Id of alice's project."""
    return seed_project(server.builds.database, server.callers["alice"])


@pytest.fixture
def logged(server: Server, workshop: str) -> LoggedBuild:
    return new_build(server, workshop)
