"""How healthy a code base is: its pending issues, weighted by severity, for each line of code.

Formula and bounds are the service's (reference section 5.5): 5, 3, 1 and 0.1 from fatal to hint; A up to 0.001, B up to
0.005, C up to 0.01, D above. Lines are those of code, without blank ones and comments.
"""

from collections.abc import Sequence
from enum import StrEnum

from bottega.check.severities import WEIGHTS, Severity

_BOUNDS = ((0.001, "A"), (0.005, "B"), (0.01, "C"))


class Grade(StrEnum):
    """From best to worst."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


def risk(by_severity: Sequence[int]) -> float:
    """The weighted sum of issues; ``by_severity`` has four numbers."""
    return sum(WEIGHTS[one] * by_severity[one] for one in Severity)


def grade(by_severity: Sequence[int], lines: int) -> Grade | None:
    """The grade; None where no line of code was counted, of which nothing can be said."""
    if lines <= 0:
        return None
    # In thousandths of an issue, so that bounds are met exactly whatever the weights add up to.
    weighted = round(risk(by_severity) * 1_000)
    return next(
        (Grade(name) for bound, name in _BOUNDS if weighted <= round(bound * 1_000 * lines, 6)), Grade.D
    )
