"""A file packed as a zip archive while it is read: neither it nor the archive is ever in memory as a whole."""

import time
from collections.abc import Iterable, Iterator
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

EARLIEST_MS, LATEST_MS = 315_532_800_000, 4_354_819_198_000
"""What an archive can say of a time: 1980 to 2107. The clock of an agent may be far off."""


def zipped(name: str, pieces: Iterable[bytes], *, size: int, at_ms: int) -> Iterator[bytes]:
    """The bytes of an archive that holds ``pieces`` as the file ``name``, of about ``size`` bytes, last changed then.

    Memory holds one piece and what became of it.
    """
    moment = min(max(at_ms, EARLIEST_MS), LATEST_MS)
    entry = ZipInfo(name, time.gmtime(moment / 1000)[:6])
    entry.compress_type = ZIP_DEFLATED
    # By this it is decided whether the entry needs the form for more than 2 GiB, which not every reader takes.
    entry.file_size = size
    written = _Written()
    with (
        ZipFile(written, "w", ZIP_DEFLATED) as archive,
        archive.open(entry, "w") as packed,
    ):
        for piece in pieces:
            packed.write(piece)
            if ready := written.take():
                yield ready
    yield written.take()


class _Written:
    """A file that can only be written to; what was written is taken out again."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def write(self, data: bytes, /) -> int:
        self._bytes += data
        return len(data)

    def flush(self) -> None:
        """There is nothing behind it."""

    close = flush

    def take(self) -> bytes:
        taken = bytes(self._bytes)
        self._bytes.clear()
        return taken
