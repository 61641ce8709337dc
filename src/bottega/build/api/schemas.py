"""Schemas for editors, open to everybody: they say what this version of the server takes, and nothing of any tenant."""

import hashlib
from functools import cache
from typing import Any

from litestar import Request, Response, Router, get

from bottega.build.yaml import schema

PATH = "/schemas/build.yml.json"
PUBLIC = (f"GET {PATH}",)
CONTENT_TYPE = "application/schema+json"
CACHING = "public, max-age=3600"


@cache
def _document() -> tuple[bytes, str]:
    content = schema.text().encode()
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'


# The return type is what the description says of the body; the body itself is written once for all.
@get(
    PATH,
    sync_to_thread=False,
    summary="JSON schema of build.yml, for editors",
    security=[],
    media_type=CONTENT_TYPE,
)
def show_build_schema(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    content, tag = _document()
    headers = {"ETag": tag, "Cache-Control": CACHING}
    known = request.headers.get("If-None-Match", "")
    unchanged = tag in {one.strip().removeprefix("W/") for one in known.split(",")}
    body: Any = b"" if unchanged else content
    return Response(body, status_code=304 if unchanged else 200, headers=headers, media_type=CONTENT_TYPE)


ROUTER = Router(path="/", route_handlers=[show_build_schema])
