"""Caches on their way from the server: nothing but what it has noted is taken."""

from __future__ import annotations

import hashlib

from bottega.agent.runner.transfers import TransferError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

    from bottega.agent.runner.transfers import Download

_MIB = 1 << 20


class Damaged(TransferError):
    """What came is not what was stored."""


def receive(download: Download, file: IO[bytes], most: int) -> int:
    """The size of what was written to ``file``, 0 when there is no cache. Raises TransferError, Damaged, OSError."""
    digest = hashlib.sha256()
    size = 0
    for piece in download.pieces:
        size += len(piece)
        if size > most:
            raise TransferError(f"it has more than {readable(most)}")
        digest.update(piece)
        file.write(piece)
    wanted = download.facts.get("etag", "").strip('"')
    if wanted and wanted != digest.hexdigest():
        raise Damaged("it came with other bytes than the server has noted")
    return size


def said(error: Exception) -> str:
    """The error in the fewest words."""
    return str(getattr(error, "strerror", None) or error)


def readable(size: int) -> str:
    """Bytes, in MiB where that is shorter."""
    return f"{size} bytes" if size < _MIB else f"{size / _MIB:.1f} MiB"
