"""Answers that are a picture."""

from hashlib import sha256
from typing import Any

from litestar import Request, Response

from bottega.http.ranges import unchanged

SVG = "image/svg+xml"
PRIVATE, ANYBODY = "private, no-cache", "no-cache, max-age=0"
"""How long what may be kept. Proxies of forges keep what they may: a picture has to be asked for each time."""


def picture(request: Request[Any, Any, Any], image: bytes, caching: str) -> Response[bytes]:
    """An SVG image, or 304 if the client has it already."""
    tag = sha256(image).hexdigest()[:32]
    headers = {
        "ETag": f'"{tag}"',
        "Cache-Control": caching,
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    if unchanged(request.headers.get("if-none-match"), tag):
        return Response(b"", status_code=304, headers=headers, media_type=SVG)
    return Response(image, headers=headers, media_type=SVG)
