"""Where clients reach this server."""

from typing import Any

from litestar import Request

from bottega.iam.service import IamService


def base_url(request: Request[Any, Any, Any], iam: IamService) -> str:
    """The configured public URL, or else the one this request was sent to; no slash at the end."""
    return iam.public_url or str(request.base_url).rstrip("/")
