"""Coverage reports for people: a zip file for each stage, in the object store."""

import hashlib
from collections.abc import Iterator

from bottega.build.actions.coverage_pages import KIND, MAX_BYTES
from bottega.build.reports.errors import ReportUnreadable
from bottega.store.objects import Objects


def root_id(run_id: str, stage: str) -> str:
    """What clients call the report of a stage while it has no archive; one with an archive is called as that is."""
    return hashlib.sha256(f"{run_id}/{stage}".encode()).hexdigest()[:32]


def archive_key(tenant_id: str, root: str) -> str:
    """Where the archive of the report with that root id lies: as the transfers call what is uploaded."""
    return f"{KIND}s/{tenant_id}/{root}"


class Archives:
    """Each object belongs to one row of ``build_coverage_reports`` and is never written again.

    So a download gets the bytes of one archive or breaks off, whatever is stored meanwhile.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def store(self, tenant_id: str, root: str, pieces: Iterator[bytes]) -> int:
        """Keep what ``pieces`` make up; returns its size. Raises :class:`ReportUnreadable`, :class:`Unavailable`."""
        size = 0

        def bounded() -> Iterator[bytes]:
            nonlocal size
            for piece in pieces:
                size += len(piece)
                if size > MAX_BYTES:
                    raise ReportUnreadable(f"the archive has more than {MAX_BYTES} bytes")
                yield piece

        self._objects.put_large(archive_key(tenant_id, root), bounded())
        return size

    def read(self, tenant_id: str, root: str, size: int) -> Iterator[bytes]:
        """Its bytes in pieces; the first is read at once. Raises ``FileNotFoundError``, :class:`Unavailable`."""
        return self._objects.pieces(archive_key(tenant_id, root), start=0, end=size)

    def remove(self, tenant_id: str, root: str) -> None:
        """Delete it; nothing happens when there is none. Raises :class:`Unavailable`."""
        self._objects.delete(archive_key(tenant_id, root))
