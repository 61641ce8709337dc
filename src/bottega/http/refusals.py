"""Refusals that are sent before the application is reached."""

import msgspec
from litestar.types import HTTPScope, Send

from bottega.http.errors import JSON_UTF8

IAM_PATHS = ("/v3/auth/", "/v3/projects/")
TITLES = {401: "Unauthorized", 403: "Forbidden", 413: "Request Entity Too Large", 503: "Service Unavailable"}


class Refusal(Exception):
    """The request is answered with ``status`` and goes no further."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


async def send_refusal(scope: HTTPScope, send: Send, refusal: Refusal) -> None:
    """Answer in the documented shape; below the IAM operations also in the shape Keystone clients read."""
    body: dict[str, object] = {"error_code": refusal.code, "error_msg": refusal.message}
    if f"{scope['path']}/".startswith(IAM_PATHS):
        title = TITLES.get(refusal.status, "Error")
        body["error"] = {"code": refusal.status, "message": refusal.message, "title": title}
    content = msgspec.json.encode(body)
    await send(
        {
            "type": "http.response.start",
            "status": refusal.status,
            "headers": [
                (b"content-type", JSON_UTF8.encode()),
                (b"content-length", str(len(content)).encode()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": content, "more_body": False})
