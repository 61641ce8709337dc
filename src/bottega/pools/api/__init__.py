"""The operations on pools of agents. They need the dependencies ``principal`` and ``agent_pools``."""

from litestar import Router

from bottega.http.documentation import document_refusals
from bottega.http.errors import DEFAULT_CODES, exception_handlers
from bottega.pools.api import pools

ROUTES: list[Router] = [
    Router(
        path="/",
        route_handlers=document_refusals(pools.HANDLERS, DEFAULT_CODES),
        exception_handlers=exception_handlers(),
        tags=["Agent pools"],
    )
]
