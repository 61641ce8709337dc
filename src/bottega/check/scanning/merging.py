"""Findings of the same defect by several engines are one."""

from collections.abc import Sequence

from bottega.check.equivalence import places_of
from bottega.check.findings import Finding


def merge(findings: Sequence[Finding]) -> list[Finding]:
    """The findings of one file, those of the same defect as one, which then names the others in ``also``."""
    by_row: dict[str, list[tuple[int, Finding]]] = {}
    for finding in findings:
        for number, place in places_of(finding.rule):
            by_row.setdefault(number, []).append((place, finding))
    gone: set[int] = set()
    for candidates in by_row.values():
        if len({finding.rule.partition(":")[0] for _, finding in candidates}) > 1:
            _join(candidates, gone)
    return [finding for finding in findings if id(finding) not in gone] if gone else list(findings)


def _join(candidates: list[tuple[int, Finding]], gone: set[int]) -> None:
    candidates.sort(key=lambda each: (each[0], each[1].line, each[1].column))
    kept: list[Finding] = []
    for _, finding in candidates:
        if id(finding) in gone:
            continue
        same = next((each for each in kept if _same(each, finding)), None)
        if same is None:
            kept.append(finding)
            continue
        gone.add(id(finding))
        same.also = tuple(dict.fromkeys((*same.also, finding.rule, *finding.also)))
        same.severity = min(same.severity, finding.severity)


def _same(one: Finding, other: Finding) -> bool:
    """Whether two engines speak of the same lines; one engine means two things when it reports two."""
    if one.rule.partition(":")[0] == other.rule.partition(":")[0]:
        return False
    if other.rule in one.also:
        return False
    return one.line <= max(other.end_line, other.line) and other.line <= max(one.end_line, one.line)
