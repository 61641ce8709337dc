"""Signing httpx requests with a signer of the tests' own, so that the server is not checked against itself."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, unquote

import httpx

from bottega.iam.tenants import Credentials


def sign(
    request: httpx.Request,
    who: Credentials,
    *,
    only: Sequence[str] | None = None,
    minutes_ahead: int = 0,
) -> httpx.Request:
    """Add the date and the Authorization header; all headers are signed unless ``only`` lists them."""
    date = datetime.now(UTC) + timedelta(minutes=minutes_ahead)
    request.headers["X-Sdk-Date"] = date.strftime("%Y%m%dT%H%M%SZ")
    skipped = {"authorization", "content-length", "connection", "transfer-encoding"}
    names = sorted(only or {name.lower() for name in request.headers} - skipped)
    path, _, query = request.url.raw_path.decode().partition("?")
    segments = "/".join(quote(part, safe="~") for part in unquote(path).split("/"))
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    told = request.headers.get("X-Sdk-Content-Sha256")
    canonical = "\n".join(
        [
            request.method,
            segments if segments.endswith("/") else segments + "/",
            "&".join(f"{quote(key, safe='~')}={quote(value, safe='~')}" for key, value in pairs),
            *(f"{name}:{request.headers[name].strip()}" for name in names),
            "",
            ";".join(names),
            told or hashlib.sha256(request.content).hexdigest(),
        ]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"SDK-HMAC-SHA256\n{request.headers['X-Sdk-Date']}\n{digest}"
    signature = hmac.new(who.secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()
    request.headers["Authorization"] = (
        f"SDK-HMAC-SHA256 Access={who.access_key}, SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    return request
