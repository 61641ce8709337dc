"""Answers that are files."""

from collections.abc import Iterator
from urllib.parse import quote

from litestar import Response
from litestar.response import Stream

OCTETS = "application/octet-stream"

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.()+@")


def attachment(name: str, content: bytes) -> Response[bytes]:
    """``content`` to be saved as ``name``; nothing that caches or guesses types may keep or show it."""
    return Response(content, media_type=OCTETS, headers=file_headers(name))


def streamed(name: str, pieces: Iterator[bytes]) -> Stream:
    """The same for what is read while it is sent."""
    return Stream(to_its_end(pieces), media_type=OCTETS, headers=file_headers(name))


def to_its_end(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces; one that cannot be read breaks the connection off."""
    try:
        yield from pieces
    except ValueError as error:
        # The framework takes this kind for the end, and half a file would look like a whole one.
        raise RuntimeError("the file could not be read to its end") from error


def file_headers(name: str) -> dict[str, str]:
    """Save it as ``name``; nothing that caches or guesses types may keep or show it."""
    plain = "".join(letter if letter in _PLAIN else "_" for letter in name)
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
