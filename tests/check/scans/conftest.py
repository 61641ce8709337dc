"""One server for all tests of a process, as the build domain has it, and attempts of real runners."""

from collections.abc import Iterator

import pytest

from tests.agent.runner.attempts import Attempts
from tests.build.conftest import server, shared_server, workshop

__all__ = ["attempts", "server", "shared_server", "workshop"]


@pytest.fixture
def attempts() -> Iterator[Attempts]:
    made = Attempts()
    yield made
    made.close()
