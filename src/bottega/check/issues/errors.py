"""Refusals of what is about issues."""

from collections import Counter
from collections.abc import Iterable

from bottega.errors import BottegaError, NotFound

MAX_ISSUES = 300_000
"""How many issues one check may find (reference section 7)."""

_SHOWN_RULES = 10


class TooManyIssues(BottegaError):
    """A check found more than can be stored; the sentence names the rules that find most (``CC.00070400.500``)."""

    def __init__(self, rules: Iterable[str]) -> None:
        counted = Counter(rules)
        most = ", ".join(f"{rule} {count}" for rule, count in counted.most_common(_SHOWN_RULES))
        super().__init__(
            f"CC.00070400.500: {counted.total()} issues were found and at most {MAX_ISSUES} are stored; "
            f"the rules with most are {most}"
        )


class UnknownIssue(NotFound):
    """No such issue of the task."""

    def __init__(self, key: object) -> None:
        super().__init__("issue", key)
