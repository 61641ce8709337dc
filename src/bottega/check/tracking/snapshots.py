"""What is kept of a file, so that the next scan can tell where its lines and the file itself went."""

import difflib
from collections.abc import Sequence

import msgspec

HASH_BYTES = 8


class FileSnapshot(msgspec.Struct, frozen=True):
    """A file as a scan saw it: ``sha256`` of its content in hex, ``line_hashes`` 8 bytes a line, blanks left out."""

    sha256: str
    line_hashes: bytes = b""

    @property
    def lines(self) -> list[bytes]:
        """The hash of each line."""
        hashes = self.line_hashes
        return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]


def line_map(before: FileSnapshot, now: FileSnapshot) -> dict[int, int]:
    """Where each line went, from 1; lines that were changed or removed are not in it."""
    old, new = before.lines, now.lines
    head = _equal_head(old, new)
    tail = _equal_head(old[head:][::-1], new[head:][::-1])
    found = {at + 1: at + 1 for at in range(head)}
    shift = len(new) - len(old)
    found.update((at + 1, at + 1 + shift) for at in range(len(old) - tail, len(old)))
    matcher = difflib.SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail])
    for block in matcher.get_matching_blocks():
        for at in range(1, block.size + 1):
            found[head + block.a + at] = head + block.b + at
    return found


def likeness(before: FileSnapshot, now: FileSnapshot) -> float:
    """Which part of the longer file both have in the same order, from 0 to 1."""
    longer = max(len(before.line_hashes), len(now.line_hashes)) // HASH_BYTES
    return len(line_map(before, now)) / longer if longer else 0.0


def _equal_head(some: Sequence[bytes], others: Sequence[bytes]) -> int:
    for at, (one, other) in enumerate(zip(some, others, strict=False)):
        if one != other:
            return at
    return min(len(some), len(others))
