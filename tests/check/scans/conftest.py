"""One server for all tests of a process, which knows the rules of all analysers, and attempts of real runners."""

from collections.abc import Iterator

import pytest

from tests.agent.runner.attempts import Attempts
from tests.build.conftest import workshop
from tests.build.harness import Server, new_callers

__all__ = ["attempts", "workshop"]


@pytest.fixture
def server(shared_server: Server) -> Server:
    """Its callers ``alice`` and ``bob`` are new."""
    return new_callers(shared_server)


@pytest.fixture
def attempts() -> Iterator[Attempts]:
    made = Attempts()
    yield made
    made.close()
