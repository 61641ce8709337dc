"""The declaration all pages share."""

from typing import Any

from litestar import MediaType


def page(**more: Any) -> dict[str, Any]:
    """Keyword arguments for a route decorator; handlers may block."""
    return {"media_type": MediaType.HTML, "sync_to_thread": True, "status_code": 200, **more}
