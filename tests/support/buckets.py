"""An S3 server of the test process, spoken to over real HTTP."""

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest

from tests.support.processes import free_port

if TYPE_CHECKING:
    from moto.server import ThreadedMotoServer

PREFIX = "some/place"


class Bucket(msgspec.Struct):
    """What the settings ``objects.url`` and ``objects.options`` say."""

    url: str
    options: dict[str, str]


class Buckets:
    """Can be stopped and started; what is stored stays."""

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._port = free_port()
        self._made = 0
        self._server: ThreadedMotoServer | None = None
        self.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def new(self) -> Bucket:
        """An empty bucket."""
        self._made += 1
        name = f"bucket-{self._made}"
        httpx.put(f"{self.endpoint}/{name}", trust_env=False, verify=False).raise_for_status()
        return Bucket(
            url=f"s3://{name}/{PREFIX}",
            options={
                "endpoint": self.endpoint,
                "region": "us-east-1",
                "access_key_id": "key",
                "secret_access_key": "secret",
            },
        )

    def start(self) -> None:
        # Every process of the suite would otherwise import it, which takes it most of a second.
        from moto.server import ThreadedMotoServer

        self._server = ThreadedMotoServer("127.0.0.1", self._port, verbose=False)
        self._server.start()

    def stop(self) -> None:
        """From now on nobody listens."""
        if self._server is not None:
            self._server.stop()
            self._server = None


@pytest.fixture(scope="session")
def buckets() -> Iterator[Buckets]:
    buckets = Buckets()
    yield buckets
    buckets.stop()
