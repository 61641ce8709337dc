"""What may be said of an issue. Each API family has its own numbers for these."""

from enum import IntEnum


class IssueStatus(IntEnum):
    """Stored as these numbers. ``FIXED`` is proven by a scan, ``RESOLVED`` is what somebody says."""

    OPEN = 0
    RESOLVED = 1
    IGNORED = 2
    REOPENED = 3
    REVIEW = 4
    FIXED = 5
    GONE = 6
    """Not looked for any more: ``gone_reason`` says whether its file, its rule or its engine is missing."""


ACTIVE = frozenset({IssueStatus.OPEN, IssueStatus.REOPENED, IssueStatus.REVIEW})
"""Those that count against a gate."""

NOT_ANALYSED, RULE_DISABLED, FILE_DELETED = "not analysed", "rule disabled", "file deleted"
"""Why an issue is gone without being fixed."""

STATUS_NAMES = {
    IssueStatus.OPEN: "pending",
    IssueStatus.FIXED: "fixed",
    IssueStatus.RESOLVED: "resolved",
    IssueStatus.REOPENED: "reopened",
    IssueStatus.REVIEW: "pending review",
    IssueStatus.IGNORED: "ignored",
    IssueStatus.GONE: "not looked for",
}
"""How people call them."""
