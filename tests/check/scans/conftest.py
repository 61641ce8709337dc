"""One server for all tests of a process, which knows the rules of all analysers, and attempts of real runners."""

from collections.abc import Iterator

import pytest

from tests.agent.runner.attempts import Attempts
from tests.build.conftest import shared_server, workshop
from tests.build.harness import Server, new_callers
from tests.support.catalogues import SHARED, share_catalogue

__all__ = ["attempts", "shared_server", "workshop"]


@pytest.fixture
def server(shared_server: Server) -> Server:
    """Its callers ``alice`` and ``bob`` are new."""
    if shared_server.services.catalogues.folder != SHARED:
        share_catalogue(shared_server.services)
    return new_callers(shared_server)


@pytest.fixture
def attempts() -> Iterator[Attempts]:
    made = Attempts()
    yield made
    made.close()
