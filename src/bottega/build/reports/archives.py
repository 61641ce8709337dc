"""Coverage reports for people: a zip file for each stage, in the object store."""

import hashlib
from collections.abc import Iterator

from bottega.build.reports.errors import ReportUnreadable
from bottega.store.objects import Objects

MAX_BYTES = 256 * 1024 * 1024
PIECE_BYTES = 1024 * 1024


def root_id(run_id: str, stage: str) -> str:
    """What clients call the report of a stage: always the same, so that one that is sent again replaces itself."""
    return hashlib.sha256(f"{run_id}/{stage}".encode()).hexdigest()[:32]


class Archives:
    """Keys hold the tenant and the run, and each object belongs to one row of ``build_coverage_reports``."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def store(self, tenant_id: str, run_id: str, root: str, pieces: Iterator[bytes]) -> int:
        """Keep what ``pieces`` make up; returns its size. Raises :class:`ReportUnreadable`, :class:`Unavailable`."""
        size = 0

        def bounded() -> Iterator[bytes]:
            nonlocal size
            for piece in pieces:
                size += len(piece)
                if size > MAX_BYTES:
                    raise ReportUnreadable(f"the archive has more than {MAX_BYTES} bytes")
                yield piece

        self._objects.put(_key(tenant_id, run_id, root), bounded())
        return size

    def read(self, tenant_id: str, run_id: str, root: str, size: int) -> Iterator[bytes]:
        """Its bytes in pieces; the first is read at once. Raises ``FileNotFoundError``, :class:`Unavailable`."""
        key = _key(tenant_id, run_id, root)
        first = self._objects.get_range(key, start=0, end=min(PIECE_BYTES, size))

        def pieces() -> Iterator[bytes]:
            yield first
            for start in range(PIECE_BYTES, size, PIECE_BYTES):
                yield self._objects.get_range(key, start=start, end=min(start + PIECE_BYTES, size))

        return pieces()

    def remove(self, tenant_id: str, run_id: str, root: str) -> None:
        """Delete it; nothing happens when there is none. Raises :class:`Unavailable`."""
        self._objects.delete(_key(tenant_id, run_id, root))


def _key(tenant_id: str, run_id: str, root: str) -> str:
    return f"coverage/{tenant_id}/{run_id}/{root}.zip"
