"""Refusals of the IAM operations, readable for Keystone clients and for the cloud's SDKs alike."""

from http import HTTPStatus
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.openapi import ResponseSpec

from bottega import errors
from bottega.http.authentication import TOO_LARGE_CODE, UNAUTHENTICATED_CODE, UNAVAILABLE_CODE
from bottega.http.documentation import refusal_responses
from bottega.http.errors import INTERNAL_CODE, JSON_UTF8, LONGEST_MESSAGE
from bottega.http.messages import readable
from bottega.iam.errors import TokenNotFound, TooManyAttempts, Unauthenticated
from bottega.iam.wire import IamErrorBody, KeystoneError

log = structlog.get_logger(__name__)

STATUSES: dict[type[Exception], int] = {
    errors.Invalid: 400,
    errors.Conflict: 409,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    TokenNotFound: 404,
    Unauthenticated: 401,
    TooManyAttempts: 429,
    errors.Unavailable: 503,
}

GENERAL_CODES = {413: TOO_LARGE_CODE, 500: INTERNAL_CODE}


def iam_error(status: int, message: str, headers: dict[str, str] | None = None) -> Response[IamErrorBody]:
    """A refusal in both shapes; not all that a client wrote is repeated."""
    message = message[:LONGEST_MESSAGE]
    body = IamErrorBody(
        error=KeystoneError(code=status, message=message, title=HTTPStatus(status).phrase),
        error_code=_code(status),
        error_msg=message,
    )
    return Response(body, status_code=status, media_type=JSON_UTF8, headers=headers)


def documented_refusals() -> dict[int, ResponseSpec]:
    """What all these operations may refuse with, by HTTP status."""
    codes: dict[int, tuple[str, ...]] = {
        status: (_code(status),) for status in {*STATUSES.values(), *GENERAL_CODES} - {429}
    }
    codes[401] = (UNAUTHENTICATED_CODE, _code(401))
    codes[503] = (UNAVAILABLE_CODE, _code(503))
    return refusal_responses(codes, IamErrorBody)


def too_many_attempts() -> dict[int, ResponseSpec]:
    """What an operation that tries passwords refuses with besides."""
    return refusal_responses({429: (_code(429),)}, IamErrorBody)


def handle_domain(_request: Request[Any, Any, Any], error: errors.BottegaError) -> Response[IamErrorBody]:
    status = next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 400)
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooManyAttempts) else None
    return iam_error(status, str(error), headers)


def handle_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[IamErrorBody]:
    """Litestar's own refusals, such as a body that does not decode; its details name the key and no value."""
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return handle_unexpected(request, error)
    return iam_error(error.status_code, readable(error, request), error.headers)


def handle_depth(_request: Request[Any, Any, Any], _error: RecursionError) -> Response[IamErrorBody]:
    return iam_error(400, "the body is nested too deeply")


def handle_text(_request: Request[Any, Any, Any], _error: UnicodeDecodeError) -> Response[IamErrorBody]:
    return iam_error(400, "the body is not valid UTF-8")


def handle_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[IamErrorBody]:
    """A defect of ours: logged with its request id, told without details."""
    log.error("unexpected error", path=request.url.path, method=request.method, exc_info=error)
    return iam_error(500, "internal error; the server's log has the details under this request id")


def _code(status: int) -> str:
    # The codes are ours: clients of the IAM API go by the HTTP status.
    return GENERAL_CODES.get(status, f"IAM.{status:04}")


HANDLERS: dict[int | type[Exception], Any] = {
    errors.BottegaError: handle_domain,
    HTTPException: handle_http,
    RecursionError: handle_depth,
    UnicodeDecodeError: handle_text,
    Exception: handle_unexpected,
}
