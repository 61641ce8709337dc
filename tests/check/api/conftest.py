"""The server of the build domain's tests, with the rules of this machine."""

from collections.abc import Iterator

import pytest

from tests.build.harness import Server, build_server, new_callers
from tests.support.catalogues import share_catalogue
from tests.support.databases import seed_project


@pytest.fixture(scope="session")
def check_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with build_server(tmp_path_factory.mktemp("check-server")) as started:
        share_catalogue(started.services)
        yield started


@pytest.fixture
def server(check_server: Server) -> Server:
    return new_callers(check_server)


@pytest.fixture
def project_id(server: Server) -> str:
    return seed_project(server.services.database, server.callers["alice"])
