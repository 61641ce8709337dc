"""The operations of an application, and how each is called well."""

import re
from collections.abc import Iterator, Mapping

import httpx
import msgspec
from litestar import Litestar
from litestar.routes import HTTPRoute

from tests.support.application import THINGS, World
from tests.support.calls import CALLS

PARAMETER = re.compile(r"{(\w+)}")
OPEN = {
    "GET /",
    "GET /healthz",
    "GET /metrics",
    "keystone_show_version",
    "keystone_create_token",
    "GET /schemas/build.yml.json",
    "receive_hook",
    "show_signing_key",
    "show_public_badge",
}
"""What strangers may call."""

READS = {"GET", "HEAD"}
ONCE = {"get_pdf_file"}
"""Reading that can be done once: a report is gone when it was fetched."""
OTHER_PATHS = ("/openapi", "/agent")
"""The framework's own, and those for runners, which take leases instead of tokens."""


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """``name`` is the operation id; ``path`` has its parameters in braces; ``takes_body`` is for JSON bodies."""

    name: str
    method: str
    path: str
    takes_body: bool

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.method in READS and self.name not in ONCE

    @property
    def route(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    def send(self, http: httpx.Client, world: World) -> httpx.Response:
        """Make the operation's good call with the ids of ``world``."""
        request = CALLS[self.name](world)
        call = http.build_request(
            self.method,
            self.url({"build_number": world.build_no, **world.ids, **request.path}),
            params=request.query,
            headers=request.headers,
            json=request.body if self.takes_body else None,
            content=request.content,
            files=request.files,
            data=request.fields,
        )
        # A form is otherwise a stream, which nobody could look at afterwards.
        call.read()
        return http.send(call)

    @property
    def things(self) -> set[str] | None:
        """Which fields of a world its good call names; None for one about a project or a tenant as a whole."""
        marks = {field: f"<{field}>" for field in World.__struct_fields__}
        request = CALLS[self.name](World(**marks))
        told = repr(request) + self.url({"build_number": marks["build_no"], **marks, **request.path})
        return {field for field in THINGS if marks[field] in told} or None

    def url(self, known: Mapping[str, str]) -> str:
        """The path with these parameters, and a nonsense for each other one."""
        return PARAMETER.sub(lambda found: known.get(found[1], "nonsense"), self.path)


def operations(routes: Litestar) -> list[Operation]:
    """Every operation of the application that is for clients."""
    return sorted(_found(routes), key=lambda one: one.name)


def _found(routes: Litestar) -> Iterator[Operation]:
    for route in routes.routes:
        if not isinstance(route, HTTPRoute) or route.path.startswith(OTHER_PATHS):
            continue
        for handler in route.route_handlers:
            for method in handler.http_methods - {"OPTIONS"}:
                yield Operation(
                    name=handler.operation_id or f"{method} {route.path}",  # type: ignore[arg-type]
                    method=str(method),
                    path=route.path_format,
                    takes_body="data" in handler.parsed_fn_signature.parameters,
                )
