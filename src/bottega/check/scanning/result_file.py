"""Plans and results as files: MessagePack, results compressed with Zstandard."""

import sys
from pathlib import Path

import msgspec

from bottega.check.scanning.plan import ScanPlan, ScanResult

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAX_BYTES = 1 << 30
"""Of a result, when it is unpacked."""
_LEVEL = 1
"""Half of a result is hashes, which no level makes smaller."""


class ResultUnreadable(Exception):
    """What shall be a plan or a result is none; the text says why."""


def write_plan(plan: ScanPlan, file: Path) -> None:
    """Keep a plan in a file."""
    file.write_bytes(msgspec.msgpack.encode(plan))


def read_plan(file: Path) -> ScanPlan:
    """The plan of a file, which may be MessagePack or JSON. Raises :class:`ResultUnreadable` and OSError."""
    data = file.read_bytes()
    try:
        if data[:1] in {b"{", b"\n", b" "}:
            return msgspec.json.decode(data, type=ScanPlan)
        return msgspec.msgpack.decode(data, type=ScanPlan)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ResultUnreadable(f"not a plan: {error}") from None


def pack(result: ScanResult) -> bytes:
    """A result as it is sent."""
    return zstd.compress(msgspec.msgpack.encode(result), _LEVEL)


def unpack(data: bytes, max_bytes: int = MAX_BYTES) -> ScanResult:
    """What was packed; types are checked, values are not. Raises :class:`ResultUnreadable`."""
    try:
        decompressor = zstd.ZstdDecompressor()
        plain = decompressor.decompress(data, max_length=max_bytes)
        if not decompressor.eof:
            raise ResultUnreadable(f"cut short, or more than {max_bytes} bytes")
        return msgspec.msgpack.decode(plain, type=ScanResult)
    except (zstd.ZstdError, msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ResultUnreadable(f"not a result of a scan: {error}") from None
