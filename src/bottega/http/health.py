"""What the server is, whether it serves, and what it counts."""

from collections.abc import Callable

import msgspec
from litestar import Response, Router, get
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from bottega import __version__

PUBLIC = ("GET /healthz", "GET /metrics", "GET /openapi/*", "GET /")
"""What strangers may call; the numbers name no tenant."""


class Health(msgspec.Struct, kw_only=True):
    status: str
    version: str
    missing: list[str]


class Greeting(msgspec.Struct, kw_only=True):
    """The paths are those of this server."""

    name: str
    version: str
    health: str
    metrics: str
    openapi: str


GREETING = Greeting(
    name="Bottega",
    version=__version__,
    health="/healthz",
    metrics="/metrics",
    openapi="/openapi/openapi.json",
)


def routes(missing: Callable[[], list[str]], registry: CollectorRegistry) -> Router:
    """``/``, ``/healthz`` (200 once requests and builds are served, 503 with what is missing before), ``/metrics``."""

    @get("/", sync_to_thread=False, summary="What this server is, and where it describes itself", security=[])
    def greet() -> Greeting:
        return GREETING

    @get("/healthz", sync_to_thread=False, summary="Whether requests and builds are served", security=[])
    def healthz() -> Response[Health]:
        lacks = missing()
        body = Health(status="starting" if lacks else "ok", version=__version__, missing=lacks)
        return Response(body, status_code=503 if lacks else 200)

    @get("/metrics", sync_to_thread=True, include_in_schema=False)
    def metrics() -> Response[bytes]:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return Router(path="/", route_handlers=[greet, healthz, metrics])
