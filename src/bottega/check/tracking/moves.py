"""Files that were renamed or moved between two scans, found by their content."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import groupby

from bottega.check.tracking.snapshots import HASH_BYTES, FileSnapshot, likeness

SIMILAR = 0.85
"""Two files are one that moved if they share this part of the longer one's lines."""
SHORTEST, LONGEST = 0.84, 1.18
"""How many times as long as before a file may be."""
COMMON = 50
"""A line of more files than this says nothing about which is which: licences, imports, closing braces."""
CANDIDATES = 5
"""How many of the removed files with most lines in common are looked at."""


def moved_files(before: Mapping[str, FileSnapshot], now: Mapping[str, FileSnapshot]) -> dict[str, str]:
    """The former path of every file that moved, by its present one. Both scans saw the whole repository."""
    removed = {path: file for path, file in before.items() if path not in now}
    added = {path: file for path, file in now.items() if path not in before}
    moved = _identical(removed, added)
    gone = set(moved.values())
    rest = {path: file for path, file in removed.items() if path not in gone}
    moved.update(_similar(rest, {path: file for path, file in added.items() if path not in moved}))
    return moved


def _identical(removed: Mapping[str, FileSnapshot], added: Mapping[str, FileSnapshot]) -> dict[str, str]:
    by_content: dict[str, list[str]] = defaultdict(list)
    for path in sorted(removed):
        by_content[removed[path].sha256].append(path)
    moved: dict[str, str] = {}
    for path in sorted(added):
        if paths := by_content.get(added[path].sha256):
            nearest = max(paths, key=lambda former, path=path: _common_tail(former, path))
            paths.remove(nearest)
            moved[path] = nearest
    return moved


def _similar(removed: Mapping[str, FileSnapshot], added: Mapping[str, FileSnapshot]) -> dict[str, str]:
    """The most alike first; what has two equally good partners gets none."""
    scored = sorted(
        (-score, -_common_tail(former, path), former, path) for former, path, score in _pairs(removed, added)
    )
    moved: dict[str, str] = {}
    taken: set[str] = set()
    for _, group in groupby(scored, key=lambda one: one[:2]):
        pairs = [(former, path) for _, _, former, path in group if former not in taken and path not in taken]
        uses = Counter(path for pair in pairs for path in pair)
        moved.update({path: former for former, path in pairs if uses[former] == uses[path] == 1})
        taken.update(uses)
    return moved


def _pairs(
    removed: Mapping[str, FileSnapshot], added: Mapping[str, FileSnapshot]
) -> Iterator[tuple[str, str, float]]:
    """Likely pairs and how alike they are. What cannot reach the score by its lines alone is never compared."""
    counted = {path: Counter(file.lines) for path, file in removed.items()}
    having: dict[bytes, list[str]] = defaultdict(list)
    for path, lines in counted.items():
        for line in lines:
            having[line].append(path)
    for path, file in added.items():
        lines = Counter(file.lines)
        shared: Counter[str] = Counter()
        for line in lines:
            holders = having.get(line, ())
            if len(holders) <= COMMON:
                shared.update(holders)
        for former, _ in shared.most_common(CANDIDATES):
            other = removed[former]
            size, former_size = len(file.line_hashes), len(other.line_hashes)
            if not SHORTEST <= size / former_size <= LONGEST:
                continue
            longer = max(size, former_size) // HASH_BYTES
            if (lines & counted[former]).total() < SIMILAR * longer:
                continue
            if (score := likeness(other, file)) >= SIMILAR:
                yield former, path, score


def _common_tail(one: str, other: str) -> int:
    """How many names at the end two paths share."""
    count = 0
    for some, others in zip(reversed(one.split("/")), reversed(other.split("/")), strict=False):
        if some != others:
            break
        count += 1
    return count
