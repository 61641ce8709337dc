"""How many findings of which severity are too many."""

from collections import Counter
from collections.abc import Iterable

from bottega.check.findings import Finding
from bottega.check.severities import Severity
from bottega.local.errors import LocalError

DEFAULT = "fatal=0,serious=0"
_NONE = "none"
NAMES = {severity.name.lower(): severity for severity in Severity}


def read(text: str) -> dict[Severity, int]:
    """``fatal=0,serious=3`` as the most findings of each severity; ``none`` lets all pass. Raises LocalError."""
    gate: dict[Severity, int] = {}
    if text.strip() == _NONE:
        return gate
    for part in text.split(","):
        name, _, most = (piece.strip() for piece in part.partition("="))
        if name.lower() not in NAMES or not most.isascii() or not most.isdigit():
            raise LocalError(
                f"--gate: {part.strip()!r} is not SEVERITY=NUMBER with one of {', '.join(NAMES)}; "
                f"an example: {DEFAULT}; or {_NONE}"
            )
        gate[NAMES[name.lower()]] = int(most)
    return gate


def count(findings: Iterable[Finding]) -> Counter[Severity]:
    """How many findings there are of each severity."""
    return Counter(Severity(finding.severity) for finding in findings)


def faults(gate: dict[Severity, int], counts: Counter[Severity]) -> list[str]:
    """What is over the limits, in sentences."""
    return [
        f"{counts[severity]} {severity.name.lower()}, at most {most} are allowed"
        for severity, most in sorted(gate.items())
        if counts[severity] > most
    ]
