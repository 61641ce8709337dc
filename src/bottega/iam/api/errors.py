"""Refusals of the IAM operations, readable for Keystone clients and for the cloud's SDKs alike."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException

from bottega import errors
from bottega.http.errors import JSON_UTF8
from bottega.iam.errors import TokenNotFound, TooManyAttempts, Unauthenticated
from bottega.iam.wire import IamErrorBody, KeystoneError

# The codes are ours: clients of the IAM API go by the HTTP status.
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


def iam_error(status: int, message: str, headers: dict[str, str] | None = None) -> Response[IamErrorBody]:
    """A refusal in both shapes."""
    body = IamErrorBody(
        error=KeystoneError(code=status, message=message, title=HTTPStatus(status).phrase),
        error_code=f"IAM.{status:04}",
        error_msg=message,
    )
    return Response(body, status_code=status, media_type=JSON_UTF8, headers=headers)


def handle_domain(_request: Request[Any, Any, Any], error: errors.BottegaError) -> Response[IamErrorBody]:
    status = next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 400)
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooManyAttempts) else None
    return iam_error(status, str(error), headers)


def handle_http(_request: Request[Any, Any, Any], error: HTTPException) -> Response[IamErrorBody]:
    """Litestar's own refusals, such as a body that does not decode; its details name the key and no value."""
    message = error.detail if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR else "internal error"
    extra: Any = error.extra
    if isinstance(extra, list):
        parts: list[str] = [f"{item.get('key', '')}: {item.get('message', '')}" for item in extra]  # pyright: ignore[reportUnknownVariableType]
        message = "; ".join(parts) or message
    return iam_error(error.status_code, message)


HANDLERS: dict[int | type[Exception], Any] = {
    errors.BottegaError: handle_domain,
    HTTPException: handle_http,
}
