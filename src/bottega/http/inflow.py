"""A request's body for code that works in a thread: in pieces, the next one being read while one is worked on."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future

PIECE_BYTES = 1024 * 1024
STALL_SECONDS = 60.0
"""A client that takes longer for one piece is not waited for."""


class CutOff(Exception):
    """The client went away, or fell silent, before its body was complete."""


class Inflow:
    """Made on the event loop, read in a thread, and closed on the event loop whatever happened."""

    def __init__(self, stream: AsyncIterator[bytes]) -> None:
        self._stream = stream
        self._loop = asyncio.get_running_loop()
        self._rest = bytearray()
        self._ended = False
        self._closed = False
        self._next: Future[bytes] | None = None

    def pieces(self) -> Iterator[bytes]:
        """All bytes. Raises :class:`CutOff`."""
        self._ask()
        while piece := self._answer():
            self._ask()
            yield piece

    def close(self) -> None:
        """Let a thread that still waits for bytes go on, with :class:`CutOff`."""
        self._closed = True
        if self._next is not None:
            self._next.cancel()

    def _ask(self) -> None:
        if self._closed:
            raise CutOff("the server is stopping")
        self._next = asyncio.run_coroutine_threadsafe(self._read(), self._loop)

    def _answer(self) -> bytes:
        assert self._next is not None  # noqa: S101 - asked before
        try:
            return self._next.result(STALL_SECONDS * 2)
        except CutOff:
            raise
        # Whatever the framework makes of a client that has gone, and a wait that was cancelled.
        except BaseException as error:
            raise CutOff("the client has gone") from error

    async def _read(self) -> bytes:
        rest = self._rest
        try:
            async with asyncio.timeout(STALL_SECONDS):
                while len(rest) < PIECE_BYTES and not self._ended:
                    try:
                        rest += await anext(self._stream)
                    except StopAsyncIteration:
                        self._ended = True
        except TimeoutError:
            raise CutOff(f"nothing came for {STALL_SECONDS:g} seconds") from None
        piece = bytes(rest)
        rest.clear()
        return piece
