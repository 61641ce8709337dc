"""How each family of the API numbers what is said of issues (reference section 4.3)."""

from collections.abc import Iterable

from bottega.check.issues.states import ACTIVE, IssueStatus
from bottega.errors import SHOWN, Invalid

V2_STATUS = {
    IssueStatus.OPEN: "0",
    IssueStatus.REOPENED: "0",
    IssueStatus.REVIEW: "0",
    IssueStatus.RESOLVED: "1",
    IssueStatus.FIXED: "1",
    IssueStatus.IGNORED: "2",
    IssueStatus.GONE: "6",
}
"""As v2 writes them; reopened issues and those in review are pending ones. 6 is ours: a scan says nothing of them."""

V2_WANTED = {
    "0": ACTIVE,
    "1": frozenset({IssueStatus.RESOLVED, IssueStatus.FIXED}),
    "2": frozenset({IssueStatus.IGNORED}),
    "3": frozenset({IssueStatus.REOPENED}),
    "4": frozenset({IssueStatus.REVIEW}),
    "6": frozenset({IssueStatus.GONE}),
}
"""What filters of v2 mean."""

V2_SAID = {"0": IssueStatus.OPEN, "1": IssueStatus.RESOLVED, "2": IssueStatus.IGNORED}
"""What clients of v2 may say."""

V1_STATUS = {
    IssueStatus.OPEN: "0",
    IssueStatus.FIXED: "1",
    IssueStatus.RESOLVED: "2",
    IssueStatus.REOPENED: "3",
    IssueStatus.REVIEW: "4",
    IssueStatus.IGNORED: "5",
    IssueStatus.GONE: "6",
}
"""As v1 writes and filters them; the documentation has 0, 2 and 5."""

V1_WANTED = {word: frozenset({status}) for status, word in V1_STATUS.items()}

V1_SAID = {V1_STATUS[status]: status for status in V2_SAID.values()}
"""What clients of v1 may say."""

_YES_OR_NO = {"0": False, "1": True, "false": False, "true": True, "existing": False, "new": True}


def statuses(words: Iterable[str], wanted: dict[str, frozenset[IssueStatus]], field: str) -> tuple[int, ...]:
    """The statuses that a filter means. Raises :class:`Invalid`."""
    found: set[int] = set()
    for word in words:
        if word not in wanted:
            raise Invalid(field, f"{word[:SHOWN]!r} is none of {', '.join(wanted)}")
        found.update(wanted[word])
    return tuple(sorted(found))


def said(word: str, known: dict[str, IssueStatus], field: str) -> IssueStatus:
    """The status that a client gives. Raises :class:`Invalid`."""
    if word not in known:
        raise Invalid(field, f"{word[:SHOWN]!r} is none of {', '.join(known)}")
    return known[word]


def severities(words: Iterable[str], field: str) -> tuple[int, ...]:
    """Severities from 0 to 3. Raises :class:`Invalid`."""
    found: set[int] = set()
    for word in words:
        if word not in {"0", "1", "2", "3"}:
            raise Invalid(field, f"{word[:SHOWN]!r} is none of 0, 1, 2, 3")
        found.add(int(word))
    return tuple(sorted(found))


def one_of_two(words: Iterable[str], field: str) -> bool | None:
    """Yes or no; None if both are wanted. Raises :class:`Invalid`."""
    found: set[bool] = set()
    for word in words:
        if word.casefold() not in _YES_OR_NO:
            raise Invalid(field, f"{word[:SHOWN]!r} is neither 0 nor 1")
        found.add(_YES_OR_NO[word.casefold()])
    return found.pop() if len(found) == 1 else None


def deferred(words: Iterable[str], field: str) -> bool | None:
    """The same by the service's numbers alone: 0 official, 1 deferred."""
    known = list(words)
    for word in known:
        if word not in {"0", "1"}:
            raise Invalid(field, f"{word[:SHOWN]!r} is neither 0 nor 1")
    return one_of_two(known, field)
