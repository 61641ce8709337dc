"""Finished logs: zstd frames of a fixed span of plain bytes, so that any page costs one ranged read and one frame."""

import sys
from collections.abc import Iterator
from typing import Any

import msgspec
from obstore.store import ObjectStore

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FRAME_BYTES = 256 * 1024
LEVEL = 3


class FrameIndex(msgspec.Struct, kw_only=True):
    """``size`` plain bytes in frames of ``frame_bytes``; ``ends[i]`` is where frame i ends in the sealed object."""

    size: int
    frame_bytes: int
    ends: list[int]


class SealedLogs:
    """Sealed logs in the object store, at most one frame in memory per reader."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def seal(self, tenant_id: str, run_id: str, chunks: Iterator[bytes]) -> int:
        """Store the log ``chunks`` make up; returns its plain size. Doing it again replaces it with the same."""
        index = FrameIndex(size=0, frame_bytes=FRAME_BYTES, ends=[])
        self._objects.put(_log_key(tenant_id, run_id), _packed(chunks, index))
        self._objects.put(_index_key(tenant_id, run_id), msgspec.json.encode(index))
        return index.size

    def read(self, tenant_id: str, run_id: str, start: int, length: int) -> bytes:
        """Plain bytes ``[start, start + length)``, shorter at the end of the log."""
        return b"".join(self.stream(tenant_id, run_id, start, start + length))

    def stream(self, tenant_id: str, run_id: str, start: int, end: int) -> Iterator[bytes]:
        """Plain bytes ``[start, end)`` in pieces of a frame at most."""
        index = self._index(tenant_id, run_id)
        end = min(end, index.size)
        for number in range(start // index.frame_bytes, len(index.ends)):
            first = number * index.frame_bytes
            if first >= end:
                return
            begin = index.ends[number - 1] if number else 0
            packed: Any = self._objects.get_range(
                _log_key(tenant_id, run_id), start=begin, end=index.ends[number]
            )
            frame = zstd.decompress(bytes(packed))
            yield frame[max(0, start - first) : end - first]

    def remove(self, tenant_id: str, run_id: str) -> None:
        """Delete the sealed log; nothing happens when there is none."""
        for key in (_log_key(tenant_id, run_id), _index_key(tenant_id, run_id)):
            try:
                self._objects.delete(key)
            except FileNotFoundError:
                continue

    def _index(self, tenant_id: str, run_id: str) -> FrameIndex:
        try:
            stored = self._objects.get(_index_key(tenant_id, run_id)).bytes()
        except FileNotFoundError:
            return FrameIndex(size=0, frame_bytes=FRAME_BYTES, ends=[])
        return msgspec.json.decode(bytes(stored), type=FrameIndex)


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
