"""Files that cannot be parsed: the rule that shows them, and keeping them from being called clean."""

from collections.abc import Callable, Container, Iterable, Mapping

from bottega.check.engines.base import CRITICAL, Analysis, RuleFacts
from bottega.check.findings import RawFinding
from bottega.check.severities import Severity

SYNTAX = "syntax"
"""Our code for what an analyser reports without one: a file that cannot be parsed."""


def syntax_error(languages: tuple[str, ...], description: str, *, code: str = SYNTAX) -> RuleFacts:
    """The rule for files that an analyser cannot parse."""
    return RuleFacts(
        code=code,
        name="syntax error",
        languages=languages,
        severity=Severity.FATAL,
        level=CRITICAL,
        description=description,
        tags=("correctness", "syntax"),
    )


def sifted(
    findings: Iterable[RawFinding],
    gave_up: Container[str],
    keeps: Callable[[str], bool],
    unread: Mapping[str, str] | None = None,
) -> Analysis:
    """The findings whose code is kept. Beside ``unread``, files with one of the codes ``gave_up`` count as unread."""
    analysis = Analysis(findings=[], unread=dict(unread or {}))
    for finding in findings:
        if finding.code in gave_up:
            analysis.unread.setdefault(finding.path, f"line {finding.line}: {finding.message}")
        if keeps(finding.code):
            analysis.findings.append(finding)
    return analysis
