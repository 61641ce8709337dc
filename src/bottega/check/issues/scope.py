"""What a scan looked at, asked for an issue that it did not find."""

from collections.abc import Callable, Mapping

import msgspec

from bottega.check.issues import cleaning
from bottega.check.issues.marks import ScanMarks, engine_of
from bottega.check.issues.states import FILE_DELETED, NOT_ANALYSED, RULE_DISABLED
from bottega.check.scanning.patterns import matcher
from bottega.check.scanning.plan import ScannedFile, ScanResult

_NOTHING_SEEN = frozenset({"failed", "missing"})
"""States of engines that looked at no file to the end, whatever they say of single ones."""


def _never(_path: str) -> bool:
    return False


class LookedAt(msgspec.Struct, frozen=True):
    """One scan: its files by path, the rules that were on, the engines that did not work, and what was left out.

    ``complete``: there are no files but these, whether or not they were to be looked at.
    """

    files: Mapping[str, ScannedFile]
    marks: ScanMarks
    broken: frozenset[str]
    whole: bool
    complete: bool
    left_out: Callable[[str], bool] = _never

    def why_gone(self, rule: str, path: str) -> str | None:
        """Why an issue was not found: empty if it is proven that it is fixed, None if the scan says nothing of it."""
        file, engine = self.files.get(path), engine_of(rule)
        if file is None and self.complete and not self.left_out(path):
            return FILE_DELETED
        analysed = (
            file is not None
            and engine in file.engines
            and engine not in file.unread
            and engine not in self.broken
        )
        if not self.whole and not analysed:
            return None
        if file is None:
            return NOT_ANALYSED
        if not self.marks.has(rule):
            return RULE_DISABLED
        return "" if analysed else NOT_ANALYSED


def looked_at(
    result: ScanResult, marks: ScanMarks, include: list[str] | None = None, ignore: list[str] | None = None
) -> LookedAt:
    """What the scan with this result looked at; ``include`` and ``ignore`` are what its task was told."""
    return LookedAt(
        files={cleaning.path(file.path): file for file in result.files},
        marks=marks,
        broken=frozenset(one.engine for one in result.engines if one.state in _NOTHING_SEEN),
        whole=result.whole,
        complete=result.complete,
        left_out=_outside(include or [], ignore or []),
    )


def _outside(include: list[str], ignore: list[str]) -> Callable[[str], bool]:
    included, ignored = matcher(include), matcher(ignore)
    return lambda path: ignored(path) or (bool(include) and not included(path))
