"""What people may say of an issue."""

from bottega.check.issues.states import IssueStatus

SAID = (IssueStatus.OPEN, IssueStatus.RESOLVED, IssueStatus.IGNORED)
"""The statuses that people give; all others follow from scans."""

_CHANGEABLE = frozenset(
    {
        IssueStatus.OPEN,
        IssueStatus.REOPENED,
        IssueStatus.REVIEW,
        IssueStatus.RESOLVED,
        IssueStatus.IGNORED,
    }
)
"""What is not closed by a scan: of those there is nothing to be said until a scan finds them again."""


def may_become(status: int) -> tuple[IssueStatus, ...]:
    """The statuses that somebody may give an issue that has ``status``; its own is among them, for a new comment."""
    return SAID if status in _CHANGEABLE else ()
