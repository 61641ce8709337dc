"""The API families: where each is mounted and which error codes its clients match on."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, Response, Router

from bottega import errors
from bottega.build.errors import InvalidId, WindowTooLong
from bottega.http.errors import DEFAULT_CODES, JSON_UTF8, Codes, error_response, exception_handlers
from bottega.http.operation import ErrorBody

V1_CODES: Codes = {
    **DEFAULT_CODES,
    errors.NotFound: (422, "DEVCB.00031006"),
    InvalidId: (400, "DEV.CB.032011"),
    WindowTooLong: (400, "CB.00031105"),
}
"""Families v1 and v4."""

V3_CODES: Codes = {
    **DEFAULT_CODES,
    errors.NotFound: (422, "CB.00031006"),
    InvalidId: (400, "CB.00060201"),
    WindowTooLong: (400, "CB.00031105"),
}


class StopErrorDetail(msgspec.Struct, kw_only=True):
    code: str
    reason: str


class StopErrorBody(ErrorBody, kw_only=True):
    """The job service's own shape beside the documented one: clients of the live service look for either."""

    error: StopErrorDetail
    status: str = "error"


def v1(handlers: Sequence[Any]) -> Router:
    """A router whose refusals have the codes of v1 and v4."""
    return _router(handlers, V1_CODES)


def v3(handlers: Sequence[Any]) -> Router:
    """A router whose refusals have the codes of v3."""
    return _router(handlers, V3_CODES)


def _router(handlers: Sequence[Any], codes: Codes) -> Router:
    def refuse_stop(
        _request: Request[Any, Any, Any], error: errors.AlreadyFinished
    ) -> Response[StopErrorBody]:
        status, code = codes[errors.AlreadyFinished]
        reason = f"{error}; refresh the page and retry"
        body = StopErrorBody(
            error_code=code, error_msg=reason, error=StopErrorDetail(code=code, reason=reason)
        )
        return Response(body, status_code=status, media_type=JSON_UTF8)

    def refuse_depth(_request: Request[Any, Any, Any], _error: RecursionError) -> Response[ErrorBody]:
        status, code = codes[errors.Invalid]
        return error_response(status, code, "the body is nested too deeply")

    handled: dict[int | type[Exception], Any] = {
        **exception_handlers(codes),
        errors.AlreadyFinished: refuse_stop,
        RecursionError: refuse_depth,
    }
    return Router(path="/", route_handlers=list(handlers), exception_handlers=handled)
