"""The operation administrators read the audit trail with. It needs the dependencies ``principal`` and ``audit``."""

from litestar import Router

from bottega.audit.api.traces import list_traces
from bottega.http.documentation import document_refusals
from bottega.http.errors import DEFAULT_CODES, exception_handlers

ROUTES: list[Router] = [
    Router(
        path="/",
        route_handlers=document_refusals([list_traces], DEFAULT_CODES),
        exception_handlers=exception_handlers(),
        tags=["Audit"],
    )
]
