"""The API families: where each is mounted and which error codes its clients match on."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, Response, Router
from litestar.openapi import ResponseSpec

from bottega import errors
from bottega.badges.errors import UnknownBadge
from bottega.build.errors import InvalidId, WindowTooLong
from bottega.build.files.errors import EmptyFile, InvalidFileName, TooManyFiles
from bottega.build.hooks.errors import UnknownHook
from bottega.build.templates.errors import TemplateNotFound
from bottega.http.documentation import document_refusals
from bottega.http.errors import DEFAULT_CODES, HTTP_CODES, JSON_UTF8, Codes, exception_handlers
from bottega.http.operation import ErrorBody

_COMMON: Codes = {
    **DEFAULT_CODES,
    WindowTooLong: (400, "CB.00031105"),
    InvalidFileName: (400, "CB.00060203"),
    EmptyFile: (400, "CB.00060212"),
    TooManyFiles: (400, "CB.00060213"),
    TemplateNotFound: (422, "DEV.CB.0520002"),
    UnknownHook: (404, HTTP_CODES[404]),
    UnknownBadge: (404, HTTP_CODES[404]),
}

V1_CODES: Codes = {
    **_COMMON,
    errors.NotFound: (422, "DEVCB.00031006"),
    InvalidId: (400, "DEV.CB.032011"),
}
"""Families v1, v2 and v4."""

V3_CODES: Codes = {
    **_COMMON,
    errors.NotFound: (422, "CB.00031006"),
    InvalidId: (400, "CB.00060201"),
}


class StopErrorDetail(msgspec.Struct, kw_only=True):
    code: str
    reason: str


class StopErrorBody(ErrorBody, kw_only=True):
    """The job service's own shape beside the documented one: clients of the live service look for either."""

    error: StopErrorDetail
    status: str = "error"


STOP_REFUSALS = {
    400: ResponseSpec(
        ErrorBody | StopErrorBody,
        description=f"The request is not acceptable as it is; {DEFAULT_CODES[errors.AlreadyFinished][1]} "
        "when the build has finished",
        media_type=JSON_UTF8,
        generate_examples=False,
    )
}
"""How the operations that stop builds refuse."""


def v1(handlers: Sequence[Any]) -> Router:
    """A router whose refusals have the codes of v1, v2 and v4."""
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

    handled: dict[int | type[Exception], Any] = {
        **exception_handlers(codes),
        errors.AlreadyFinished: refuse_stop,
    }
    return Router(path="/", route_handlers=document_refusals(handlers, codes), exception_handlers=handled)
