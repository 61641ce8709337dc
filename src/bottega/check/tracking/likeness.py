"""Issues on statements that were edited."""

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Protocol

ALIKE = 0.75
"""Which part of the words of two statements has to be the same."""
MOST = 50
"""In a function with more findings of one rule, nothing could be told from anything by likeness."""

_WORDS = re.compile(r"\w+|[^\w]")


class Stated(Protocol):
    @property
    def statement(self) -> str: ...


def alike(
    issues: Sequence[Stated], findings: Sequence[Stated], some: Sequence[int], others: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Pairs of positions in ``issues`` and ``findings`` whose statements are alike, the most alike first."""
    if max(len(some), len(others)) > MOST:
        return
    words = {at: _WORDS.findall(issues[at].statement) for at in some}
    scored: list[tuple[float, int, int]] = []
    for finding in others:
        matcher = difflib.SequenceMatcher(None, b=_WORDS.findall(findings[finding].statement), autojunk=False)
        for issue in some:
            matcher.set_seq1(words[issue])
            if matcher.real_quick_ratio() >= ALIKE and (score := matcher.ratio()) >= ALIKE:
                scored.append((-score, issue, finding))
    taken: set[int] = set()
    used: set[int] = set()
    for _, issue, finding in sorted(scored):
        if issue not in taken and finding not in used:
            taken.add(issue)
            used.add(finding)
            yield issue, finding
