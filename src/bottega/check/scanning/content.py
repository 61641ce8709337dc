"""What a file holds: text or not, in which encoding, and the hashes that its findings are found again by."""

import codecs
import hashlib
import os
from pathlib import Path

import msgspec

_SNIFFED = 8_192
_WIDE = {
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_PIECE = 1 << 16
HASH_BYTES = 8
UNREAD_HASH = "0" * 64
"""Stands for the hash of a file that is too large to be read, or cannot be."""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """``data`` is the file as UTF-8 without a byte order mark; ``reason`` is why nobody shall analyse it."""

    sha256: str
    data: bytes = b""
    encoding: str = "utf-8"
    reason: str = ""


def read(path: Path | str, *, size: int, max_bytes: int, max_line: int) -> Content:
    """Read a file without following a link in its place. Raises OSError."""
    if size > max_bytes:
        return Content(sha256=UNREAD_HASH, reason=f"larger than {max_bytes} bytes")
    raw = _read(path, size, max_bytes + 1)
    sha256 = hashlib.sha256(raw).hexdigest()
    if len(raw) > max_bytes:
        return Content(sha256=sha256, reason=f"larger than {max_bytes} bytes")
    encoding = _encoding(raw)
    if encoding is None:
        return Content(sha256=sha256, reason="a binary file")
    data = raw.removeprefix(codecs.BOM_UTF8)
    if encoding != "utf-8":
        data = raw.decode(encoding, "replace").encode("utf-8", "replace")
    if _has_longer_line(data, max_line):
        longest = max(map(len, data.split(b"\n")))
        return Content(sha256=sha256, encoding=encoding, reason=f"a line of {longest} bytes: generated code")
    return Content(sha256=sha256, data=data, encoding=encoding)


def line_hashes(data: bytes) -> bytes:
    """8 bytes for each line of text in UTF-8, which do not change with its blanks."""
    lines = lines_of(data)
    hashed = hashlib.blake2b
    return b"".join(hashed(b"".join(line.split()), digest_size=HASH_BYTES).digest() for line in lines)


def lines_of(data: bytes) -> list[bytes]:
    """The lines without their ends; a last end begins no other line."""
    lines = data.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    return lines


def _read(path: Path | str, size: int, most: int) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    pieces: list[bytes] = []
    try:
        while most > 0 and (piece := os.read(descriptor, min(most, max(size, _PIECE)))):
            pieces.append(piece)
            most -= len(piece)
    finally:
        os.close(descriptor)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _has_longer_line(data: bytes, most: int) -> bool:
    # From one break to the last within reach: most lines are never looked at.
    start = 0
    while start + most < len(data):
        end = data.rfind(b"\n", start, start + most + 1)
        if end < 0:
            return True
        start = end + 1
    return False


def _encoding(raw: bytes) -> str | None:
    for mark, encoding in _WIDE.items():
        if raw.startswith(mark):
            return encoding
    if b"\0" in raw[:_SNIFFED]:
        return None
    if raw.isascii():
        return "utf-8"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"
