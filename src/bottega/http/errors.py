"""From exceptions to the error bodies clients match on. Families of the API bring their own codes."""

from collections.abc import Mapping
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from bottega import errors
from bottega.http.messages import readable
from bottega.http.operation import JSON_UTF8, ErrorBody

INTERNAL_CODE = "CB.00060101"
INVALID_CODE = "CB.00060200"
LONGEST_MESSAGE = 1000

log = structlog.get_logger(__name__)

Codes = Mapping[type[Exception], tuple[int, str]]
"""HTTP status and error code for each kind of domain error."""

DEFAULT_CODES: Codes = {
    errors.Invalid: (400, INVALID_CODE),
    errors.NotFound: (422, "DEVCB.00031006"),
    errors.Forbidden: (403, "CB.00060403"),
    errors.AlreadyFinished: (400, "DEV.CB.032302"),
    errors.NoHistory: (403, "CB.00031059"),
    errors.Conflict: (400, INVALID_CODE),
    errors.Unavailable: (503, "CB.00060100"),
}

HTTP_CODES: Mapping[int, str] = {
    401: "APIGW.0301",
    403: "CB.00060403",
    404: "CB.00060214",
    405: "CB.00060214",
    413: "APIGW.0201",
    429: "APIGW.0308",
}


def error_response(status: int, code: str, message: str) -> Response[ErrorBody]:
    """A refusal in the documented shape; not all that a client wrote is repeated."""
    return Response(
        ErrorBody(error_code=code, error_msg=message[:LONGEST_MESSAGE]),
        status_code=status,
        media_type=JSON_UTF8,
    )


def domain_handler(codes: Codes) -> Any:
    """An exception handler that answers domain errors with ``codes``, most specific class first."""

    def handle(_request: Request[Any, Any, Any], error: errors.BottegaError) -> Response[ErrorBody]:
        for kind in type(error).__mro__:
            if kind in codes:
                status, code = codes[kind]
                return error_response(status, code, str(error))
        return error_response(400, INVALID_CODE, str(error))

    return handle


def http_handler(codes: Codes) -> Any:
    """An exception handler for Litestar's own refusals (routing, decoding, validation)."""
    invalid = codes[errors.Invalid][1]

    def handle(request: Request[Any, Any, Any], error: HTTPException) -> Response[ErrorBody]:
        if error.status_code >= 500:  # noqa: PLR2004 - HTTP
            return handle_unexpected(request, error)
        code = HTTP_CODES.get(error.status_code, invalid)
        refusal = error_response(error.status_code, code, readable(error, request))
        # With a method that is not served goes a list of those that are.
        refusal.headers.update(error.headers or {})
        return refusal

    return handle


def text_handler(codes: Codes) -> Any:
    """An exception handler for bodies that are no text: the decoder lets this error through."""

    def handle(_request: Request[Any, Any, Any], _error: UnicodeDecodeError) -> Response[ErrorBody]:
        status, code = codes[errors.Invalid]
        return error_response(status, code, "the body is not valid UTF-8")

    return handle


def depth_handler(codes: Codes) -> Any:
    """An exception handler for bodies that are nested more deeply than they can be read."""

    def handle(_request: Request[Any, Any, Any], _error: RecursionError) -> Response[ErrorBody]:
        status, code = codes[errors.Invalid]
        return error_response(status, code, "the body is nested too deeply")

    return handle


def handle_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[ErrorBody]:
    """A defect of ours: logged with its request id, told without details."""
    log.error("unexpected error", path=request.url.path, method=request.method, exc_info=error)
    return error_response(
        500, INTERNAL_CODE, "internal error; the server's log has the details under this request id"
    )


def exception_handlers(codes: Codes = DEFAULT_CODES) -> dict[int | type[Exception], Any]:
    """The handlers an app or a family's router installs."""
    return {
        errors.BottegaError: domain_handler(codes),
        HTTPException: http_handler(codes),
        RecursionError: depth_handler(codes),
        UnicodeDecodeError: text_handler(codes),
        Exception: handle_unexpected,
    }
