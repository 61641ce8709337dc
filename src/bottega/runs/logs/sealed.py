"""Finished logs: zstd frames of a fixed span of plain bytes, so that any page costs one ranged read and few frames."""

import sys
from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock

import msgspec

from bottega.store.objects import Objects

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FRAME_BYTES = 256 * 1024
LEVEL = 3
INDICES_KEPT = 64


class FrameIndex(msgspec.Struct, kw_only=True):
    """``size`` plain bytes in frames of ``frame_bytes``; ``ends[i]`` is where frame i ends in the sealed object."""

    size: int
    frame_bytes: int
    ends: list[int]


class SealedLogs:
    """Sealed logs in the object store. What is sealed never changes, so indices that were read are kept for a while."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._indices: OrderedDict[str, FrameIndex] = OrderedDict()
        self._lock = Lock()

    def seal(self, tenant_id: str, run_id: str, chunks: Iterator[bytes]) -> int:
        """Store the log ``chunks`` make up; returns its plain size. Doing it again replaces it with the same."""
        index = FrameIndex(size=0, frame_bytes=FRAME_BYTES, ends=[])
        self._objects.put(_log_key(tenant_id, run_id), _packed(chunks, index))
        self._objects.put(_index_key(tenant_id, run_id), msgspec.json.encode(index))
        self._forget(tenant_id, run_id)
        return index.size

    def read(self, tenant_id: str, run_id: str, start: int, length: int) -> bytes:
        """Plain bytes ``[start, start + length)``, shorter at the end of the log."""
        return b"".join(self.stream(tenant_id, run_id, start, start + length))

    def stream(
        self, tenant_id: str, run_id: str, start: int, end: int, step: int = FRAME_BYTES
    ) -> Iterator[bytes]:
        """Plain bytes ``[start, end)`` in pieces of about ``step`` bytes, each by one ranged read."""
        index = self._index(tenant_id, run_id)
        end = min(end, index.size)
        while start < end:
            first = start // index.frame_bytes
            last = (min(end, start + step) - 1) // index.frame_bytes
            try:
                plain = self._frames(tenant_id, run_id, index, first, last)
            except FileNotFoundError:
                # Deleted meanwhile, by this replica or by another one, which does not know what is kept here.
                self._forget(tenant_id, run_id)
                if not self._index(tenant_id, run_id).ends:
                    return
                raise
            offset = first * index.frame_bytes
            yield plain[start - offset : end - offset]
            start = (last + 1) * index.frame_bytes

    def remove(self, tenant_id: str, run_id: str) -> None:
        """Delete the sealed log; nothing happens when there is none."""
        self._forget(tenant_id, run_id)
        self._objects.delete(_log_key(tenant_id, run_id))
        self._objects.delete(_index_key(tenant_id, run_id))

    def _frames(self, tenant_id: str, run_id: str, index: FrameIndex, first: int, last: int) -> bytes:
        """The plain bytes of the frames ``first`` to ``last``."""
        begin = index.ends[first - 1] if first else 0
        packed = self._objects.get_range(_log_key(tenant_id, run_id), start=begin, end=index.ends[last])
        return zstd.decompress(packed)

    def _index(self, tenant_id: str, run_id: str) -> FrameIndex:
        key = _index_key(tenant_id, run_id)
        with self._lock:
            kept = self._indices.get(key)
            if kept is not None:
                self._indices.move_to_end(key)
                return kept
        try:
            stored = self._objects.get(key)
        except FileNotFoundError:
            return FrameIndex(size=0, frame_bytes=FRAME_BYTES, ends=[])
        index = msgspec.json.decode(stored, type=FrameIndex)
        with self._lock:
            self._indices[key] = index
            if len(self._indices) > INDICES_KEPT:
                self._indices.popitem(last=False)
        return index

    def _forget(self, tenant_id: str, run_id: str) -> None:
        with self._lock:
            self._indices.pop(_index_key(tenant_id, run_id), None)


def _packed(chunks: Iterator[bytes], index: FrameIndex) -> Iterator[bytes]:
    position = 0
    for frame in _frames(chunks):
        packed = zstd.compress(frame, LEVEL)
        position += len(packed)
        index.ends.append(position)
        index.size += len(frame)
        yield packed


def _frames(chunks: Iterator[bytes]) -> Iterator[bytes]:
    pending = bytearray()
    for chunk in chunks:
        pending += chunk
        while len(pending) >= FRAME_BYTES:
            yield bytes(pending[:FRAME_BYTES])
            del pending[:FRAME_BYTES]
    if pending:
        yield bytes(pending)


def _log_key(tenant_id: str, run_id: str) -> str:
    return f"logs/{tenant_id}/{run_id}.zst"


def _index_key(tenant_id: str, run_id: str) -> str:
    return f"logs/{tenant_id}/{run_id}.index.json"
