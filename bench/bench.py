"""What all figures share: how many rounds, and one running server for those that do not start their own."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from bench.api import Api
from bench.row import Row
from bench.server import Server


class Bench:
    """Servers are started when a figure first asks for them and all discarded at the end."""

    def __init__(self, *, quick: bool) -> None:
        self.quick = quick
        self._server: Server | None = None
        self._apis: list[Api] = []
        self._tasks: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for api in self._apis:
            api.close()
        if self._server is not None:
            self._server.discard()

    def rounds(self, full: int, quick: int) -> range:
        return range(quick if self.quick else full)

    def count(self, full: int, quick: int) -> int:
        return quick if self.quick else full

    @property
    def server(self) -> Server:
        """The shared server, with 4 slots."""
        if self._server is None:
            self._server = Server()
            self._server.start()
        return self._server

    def api(self) -> Api:
        """A new client of the shared server."""
        api = Api(self.server)
        self._apis.append(api)
        return api

    def task(self, name: str, script: str) -> str:
        """The shared server's task of this name, made when first asked for."""
        if name not in self._tasks:
            self._tasks[name] = self.api().create_task(name, script)
        return self._tasks[name]


Figure = Callable[[Bench], list[Row]]
