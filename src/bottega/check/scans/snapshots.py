"""The lines of a task's files, as its newest scan saw them: an object beside the database, for the next scan."""

from collections.abc import Mapping

import msgspec

from bottega.check.scanning.plan import UNCHANGED, ScanResult
from bottega.check.scans.packing import Spoilt, pack, unpack
from bottega.check.tracking.moves import moved_files
from bottega.check.tracking.snapshots import FileSnapshot
from bottega.store.objects import Objects

KIND = "snapshot"
MOST_BYTES = 1 << 30
"""Of one, unpacked."""

_DECODER = msgspec.msgpack.Decoder(dict[str, FileSnapshot])


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
    """The files as they were looked at last, by this scan or an earlier one: issues are where they were found then.

    One that was renamed and not looked at since stays under its former name, so that its issues can follow yet.
    """
    now = {file.path: FileSnapshot(file.sha256, file.line_hashes) for file in result.files if file.sha256}
    if result.whole:
        return now
    unseen = {file.path for file in result.files if file.skipped == UNCHANGED}
    moved = moved_files(before, now) if result.complete else {}
    awaited = {former for path, former in moved.items() if path in unseen}
    kept = {
        path: file
        for path, file in before.items()
        if path in unseen or path in awaited or (path not in now and not result.complete)
    }
    found = {path: file for path, file in now.items() if path not in unseen or path not in moved}
    return {**found, **kept}
