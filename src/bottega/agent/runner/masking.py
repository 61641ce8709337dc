"""Secrets become ``****`` before a byte of the log touches the disk, also when a secret arrives in pieces."""

import re
from collections.abc import Iterable, Iterator

MASK = b"****"

# How much of a needle's beginning is looked for before the whole beginning is compared.
_HEAD = 4
# A shorter beginning that needles share would occur in ordinary text and cost more than it saves.
_SHARED = 8


class Masker:
    """Replaces byte strings in a stream.

    The result does not depend on how the stream is cut: leftmost hit first, of several the longest. What
    may be the beginning of a hit is held back (at most the longest needle less one byte) until the next
    bytes decide.
    """

    def __init__(self, needles: Iterable[bytes]) -> None:
        self._needles = sorted({needle for needle in needles if needle}, key=lambda n: (-len(n), n))
        self._pattern = re.compile(b"|".join(map(re.escape, self._needles)))
        self._hints = _hints(self._needles)
        self._short_heads = {n[:length] for n in self._needles for length in range(1, min(_HEAD, len(n)))}
        self._held = b""

    @property
    def held(self) -> bool:
        """True while bytes wait for a decision."""
        return bool(self._held)

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes of the stream and return what is decided."""
        if not self._needles:
            return data
        data = self._held + data
        pieces: list[bytes] = []
        done, limit = 0, self._undecided(data, 0)
        for start, end in self._hits(data, 0):
            if start >= limit:
                break
            pieces += (data[done:start], MASK)
            done = end
            if end > limit:
                limit = self._undecided(data, end)
        pieces.append(data[done:limit])
        self._held = data[limit:]
        return b"".join(pieces)

    def finish(self) -> bytes:
        """The rest, at the end of the stream; the object may be used for another stream afterwards."""
        rest, self._held = self._held, b""
        return self.mask(rest)

    def mask(self, text: bytes) -> bytes:
        """Mask a whole text at once, beside the stream."""
        if not self._may_hold(text):
            return text
        return self._pattern.sub(MASK, text)

    def _hits(self, data: bytes, position: int) -> Iterator[tuple[int, int]]:
        if self._may_hold(data):
            for hit in self._pattern.finditer(data, position):
                yield hit.span()

    def _may_hold(self, text: bytes) -> bool:
        """Quickly says no for nearly every piece of a log: hardly any holds a secret."""
        # One search for all of them at once would be slower, for few needles and much more so for many: measured.
        return any(hint in text for hint in self._hints)

    def _undecided(self, data: bytes, position: int) -> int:
        """The first index from ``position`` on where the rest of ``data`` is the beginning of a longer needle."""
        size = len(data)
        best = size
        for length in range(min(_HEAD - 1, size - position), 0, -1):
            if data[size - length :] in self._short_heads:
                best = size - length
                break
        if size - position < _HEAD:
            return best
        for needle in self._needles:
            at = max(position, size - len(needle) + 1)
            head = needle[:_HEAD]
            while (at := data.find(head, at)) != -1 and at < best:
                if needle.startswith(data[at:]):
                    best = at
                    break
                at += 1
        return best


def _hints(needles: list[bytes]) -> list[bytes]:
    """Byte strings of which every needle contains one, and as few as possible: when none occurs, no needle does.

    The spellings of one secret mostly begin alike, and one look for that beginning serves them all.
    """
    groups: list[bytes] = []
    for needle in sorted(needles):
        shared = _shared(groups[-1], needle) if groups else b""
        if len(shared) >= _SHARED:
            groups[-1] = shared
        else:
            groups.append(needle)
    kept: list[bytes] = []
    for hint in sorted(groups, key=len):
        if not any(shorter in hint for shorter in kept):
            kept.append(hint)
    return kept


def _shared(one: bytes, other: bytes) -> bytes:
    length = next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    return one[:length]
