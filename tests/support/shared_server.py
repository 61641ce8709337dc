"""One server for all tests of a process that only need some: making one takes longer than most tests."""

from collections.abc import Iterator

import pytest

from tests.build.harness import Server, build_server
from tests.support.catalogues import share_catalogue


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """It knows the rules of this machine's analysers. Who calls it is for each test to say."""
    with build_server(tmp_path_factory.mktemp("shared-server")) as started:
        share_catalogue(started.services)
        yield started
