"""The lines of a task's files, as its newest scan saw them: an object beside the database, for the next scan."""

import re
from collections.abc import Mapping

import msgspec

from bottega.check.scanning.plan import ScanResult
from bottega.check.scans.packing import Spoilt, pack, unpack
from bottega.check.tracking.snapshots import FileSnapshot
from bottega.store.objects import Objects

KIND = "snapshot"
MOST_BYTES = 1 << 30
"""Of one, unpacked."""

_DECODER = msgspec.msgpack.Decoder(dict[str, FileSnapshot])
_SHA256 = re.compile(r"[0-9a-f]{64}")


def read(objects: Objects, key: str) -> dict[str, FileSnapshot]:
    """What was kept; nothing for no key, and for one whose object is gone or spoilt. Raises :class:`Unavailable`."""
    if not key:
        return {}
    try:
        return _DECODER.decode(unpack(objects.get(key), MOST_BYTES))
    except (FileNotFoundError, Spoilt, msgspec.MsgspecError):
        # Issues are then matched without lines; better than not at all.
        return {}


def packed(snapshot: Mapping[str, FileSnapshot]) -> bytes:
    """The bytes to be kept."""
    return pack(msgspec.msgpack.encode(snapshot))


def taken(result: ScanResult, before: Mapping[str, FileSnapshot]) -> dict[str, FileSnapshot]:
    """The files after the scan; those that it was not to look at are as they were."""
    found = {} if result.whole else dict(before)
    for file in result.files:
        if file.sha256:
            found[file.path] = FileSnapshot(file.sha256, file.line_hashes)
    return found
