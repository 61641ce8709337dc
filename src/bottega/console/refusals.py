"""Pages for what cannot be done."""

from typing import Any
from zoneinfo import ZoneInfo

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from bottega import errors
from bottega.console.pages import Page
from bottega.http.messages import readable
from bottega.iam.errors import TooManyAttempts, Unauthenticated

STATUS: dict[type[Exception], int] = {
    errors.Invalid: 400,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Forbidden: 403,
    errors.Unavailable: 503,
    Unauthenticated: 401,
    TooManyAttempts: 429,
}
TITLES = {
    400: "That is not acceptable as it is",
    401: "You are not signed in",
    403: "You may not do this",
    404: "There is nothing here",
    405: "That cannot be done here",
    409: "That does not fit the present state",
    413: "That is too much",
    429: "Too many attempts",
    503: "Not now",
}
_OTHER = "Something went wrong"
_SHOWN = 1000

log = structlog.get_logger(__name__)


class Refusals:
    """Exception handlers; times are shown in ``zone``."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def handlers(self) -> dict[int | type[Exception], Any]:
        """What the application installs."""
        return {
            errors.BottegaError: self._refused,
            HTTPException: self._framework,
            Exception: self._unexpected,
        }

    def _refused(self, request: Request[Any, Any, Any], error: errors.BottegaError) -> Response[str]:
        status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)
        return self._page(request, status, str(error))

    def _framework(self, request: Request[Any, Any, Any], error: HTTPException) -> Response[str]:
        if error.status_code >= 500:  # noqa: PLR2004 - HTTP
            return self._unexpected(request, error)
        return self._page(request, error.status_code, readable(error, request))

    def _unexpected(self, request: Request[Any, Any, Any], error: Exception) -> Response[str]:
        log.error("unexpected error", path=request.scope["path"], method=request.method, exc_info=error)
        page = Page(request, self._zone)
        return self._page(request, 500, f"The server's log has the details under {page.request_id}.")

    def _page(self, request: Request[Any, Any, Any], status: int, message: str) -> Response[str]:
        title = TITLES.get(status, _OTHER)
        return Page(request, self._zone).show(
            "refusal.html", status_code=status, title=title, message=message[:_SHOWN]
        )
