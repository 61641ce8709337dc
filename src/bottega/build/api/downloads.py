"""Answers that are files."""

from urllib.parse import quote

from litestar import Response

OCTETS = "application/octet-stream"

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.()+@")


def attachment(name: str, content: bytes) -> Response[bytes]:
    """``content`` to be saved as ``name``; nothing that caches or guesses types may keep or show it."""
    plain = "".join(letter if letter in _PLAIN else "_" for letter in name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    headers = {
        "Content-Disposition": disposition,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=OCTETS, headers=headers)
