"""The declaration every operation of the API shares."""

from typing import Any

import msgspec
from litestar.openapi import ResponseSpec


class ErrorBody(msgspec.Struct, kw_only=True):
    """How every refusal looks on the wire."""

    error_code: str
    error_msg: str


REFUSALS: dict[int, str] = {
    400: "The request is not acceptable as it is",
    401: "The caller is not authenticated",
    403: "The caller lacks the right",
    404: "No such URL",
    409: "The request contradicts the present state",
    422: "The resource does not exist, or cannot be used this way",
    429: "Too many requests",
    503: "The server cannot take this now",
}


def op(operation_id: str, title: str, *, status_code: int = 200, **more: Any) -> dict[str, Any]:
    """Keyword arguments for a Litestar route decorator: operation id, title, status, documented refusals, thread."""
    return {
        "operation_id": operation_id,
        "summary": title,
        "status_code": status_code,
        "sync_to_thread": True,
        "responses": {
            status: ResponseSpec(ErrorBody, description=text, generate_examples=False)
            for status, text in REFUSALS.items()
        },
        **more,
    }
