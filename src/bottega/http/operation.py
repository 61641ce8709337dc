"""The declaration every operation of the API shares."""

from typing import Any

import msgspec

JSON_UTF8 = "application/json;charset=UTF-8"
"""How the API spells its media type, also of what succeeds."""

PROOFS: list[dict[str, list[str]]] = [{"token": []}, {"signature": []}]
"""How a caller proves who is asking, named as in the OpenAPI description; either is enough."""


class ErrorBody(msgspec.Struct, kw_only=True):
    """How every refusal looks on the wire."""

    error_code: str
    error_msg: str


def op(
    operation_id: str,
    title: str,
    *,
    status_code: int = 200,
    public: bool = False,
    threaded: bool = True,
    **more: Any,
) -> dict[str, Any]:
    """Keyword arguments for a Litestar route decorator: operation id, title, status, who may call it, thread.

    ``threaded`` is False for coroutine functions and for nothing else, because everything else may block.
    What the operation refuses is described by its family's router (:mod:`bottega.http.documentation`).
    """
    return {
        "operation_id": operation_id,
        "summary": title,
        "status_code": status_code,
        "media_type": JSON_UTF8,
        "sync_to_thread": True if threaded else None,
        "security": None if public else PROOFS,
        **more,
    }
