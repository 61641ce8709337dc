"""Headers of every answer of the console."""

from litestar.types import Message, Send

from bottega.console.places import STATIC

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Whatever a page is made to contain: nothing runs, and nothing leaves, but to and from this server."""

# With no referrer at all browsers would not say either where forms come from.
_ALWAYS = {
    b"content-security-policy": CONTENT_SECURITY_POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}


def guarded(send: Send, path: str) -> Send:
    """``send`` with these headers; pages are kept nowhere, and what is the same for all is asked for again."""
    kept = b"no-cache" if path.startswith(f"{STATIC}/") else b"no-store"

    async def send_guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            ours = {**_ALWAYS, b"cache-control": kept}
            others = [pair for pair in message["headers"] if pair[0].lower() not in ours]
            message["headers"] = [*others, *ours.items()]
        await send(message)

    return send_guarded
