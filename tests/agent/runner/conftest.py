from collections.abc import Iterator

import pytest

from tests.agent.runner.attempts import Attempts


@pytest.fixture
def attempts() -> Iterator[Attempts]:
    made = Attempts()
    yield made
    made.close()
