"""The server of the build domain's tests, with the rules of this machine."""

import pytest

from tests.build.harness import Server, new_callers
from tests.support.databases import seed_project


@pytest.fixture
def server(shared_server: Server) -> Server:
    return new_callers(shared_server)


@pytest.fixture
def project_id(server: Server) -> str:
    return seed_project(server.services.database, server.callers["alice"])
