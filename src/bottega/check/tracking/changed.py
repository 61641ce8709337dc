"""Telling code that was there before from code that is new."""

from collections.abc import Mapping, Sequence

from bottega.check.findings import Finding
from bottega.check.tracking.moves import moved_files
from bottega.check.tracking.snapshots import FileSnapshot, line_map


def tolerated(
    findings: Sequence[Finding],
    new: Sequence[int],
    before: Mapping[str, FileSnapshot],
    now: Mapping[str, FileSnapshot],
    *,
    whole: bool = True,
) -> set[int]:
    """Those of the ``new`` findings that are none: within the limit for changed code, and their line was there before.

    Numbers are positions in ``findings``; ``before``, ``now`` and ``whole`` are as for
    :func:`~bottega.check.tracking.matching.match`.
    """
    asked = [at for at in new if findings[at].within and findings[at].line]
    if not asked:
        return set()
    moved = moved_files(before, now) if whole else {}
    there: dict[str, set[int]] = {}
    for path in {findings[at].path for at in asked}:
        former = before.get(moved.get(path, path))
        present = now.get(path)
        there[path] = set() if former is None or present is None else set(line_map(former, present).values())
    return {at for at in asked if findings[at].line in there[findings[at].path]}
