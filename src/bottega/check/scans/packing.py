"""Zstandard, with a bound on what comes out: what comes from agents may be made to fill the memory."""

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 3


class Spoilt(Exception):
    """It is not what it should be; the message says what is wrong."""


def pack(content: bytes) -> bytes:
    """``content``, compressed."""
    return zstd.compress(content, LEVEL)


def unpack(content: bytes, most: int) -> bytes:
    """At most ``most`` bytes. Raises :class:`Spoilt` for more, and for what is not whole."""
    reader = zstd.ZstdDecompressor()
    try:
        plain = reader.decompress(content, max_length=most + 1)
    except zstd.ZstdError as error:
        raise Spoilt(f"it is not compressed as it should be: {error}") from None
    if len(plain) > most:
        raise Spoilt(f"it has more than {most} bytes")
    if not reader.eof:
        raise Spoilt("its end is missing")
    return plain
