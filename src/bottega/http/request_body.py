"""Reading a request's body before the application does, and giving it to the application afterwards."""

from litestar.types import HTTPReceiveMessage, HTTPScope, Receive


class BodyTooLarge(Exception):
    """The body is, or says it is, longer than allowed."""


class Disconnected(Exception):
    """The client went away before its body was complete."""


async def buffered(scope: HTTPScope, receive: Receive, limit: int) -> bytes:
    """The whole body. Raises :class:`BodyTooLarge` above ``limit`` bytes, :class:`Disconnected`."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            raise BodyTooLarge
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Disconnected
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise BodyTooLarge
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def replayed(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives ``body`` once and then what the server says (the disconnect)."""
    given = False

    async def receive_again() -> HTTPReceiveMessage:
        nonlocal given
        if not given:
            given = True
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()  # pyright: ignore[reportReturnType]

    return receive_again  # pyright: ignore[reportReturnType]
