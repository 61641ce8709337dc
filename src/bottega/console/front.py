"""Which requests are for the console, and which for the API."""

import asyncio
from collections.abc import Callable

from litestar.datastructures import Headers
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from bottega.console.headers import guarded
from bottega.console.places import ROOT, is_ours


class Front:
    """ASGI: the console beside the API. It is made when it is first asked for, not while the server starts."""

    def __init__(self, api: ASGIApp, make: Callable[[], ASGIApp]) -> None:
        self._api = api
        self._make = make
        self._console: ASGIApp | None = None
        self._lock = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._api(scope, receive, send)
        elif is_ours(scope["path"]):
            console = await self._made()
            await console(scope, receive, guarded(send, scope["path"]))
        elif scope["path"] == "/" and scope["method"] == "GET" and _is_browser(scope):
            await _to_console(send)
        else:
            await self._api(scope, receive, send)

    async def _made(self) -> ASGIApp:
        async with self._lock:
            if self._console is None:
                self._console = await asyncio.to_thread(self._make)
            return self._console


def _is_browser(scope: Scope) -> bool:
    """Whether a page is wanted; clients of the API take anything, or name JSON."""
    return "text/html" in Headers.from_scope(scope).get("accept", "")


async def _to_console(send: Send) -> None:
    headers = [(b"location", ROOT.encode()), (b"vary", b"Accept"), (b"content-length", b"0")]
    start: Message = {"type": "http.response.start", "status": 303, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": b"", "more_body": False})
