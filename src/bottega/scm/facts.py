"""What is told about a commit: its message, author and time."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bottega.scm.mirror import Mirror

_MAX_MESSAGE = 4096
_FIELDS = 3


class CommitFacts:
    """``author`` is "name <mail>", ``committed_at`` ISO 8601, ``message`` whole up to a limit."""

    __slots__ = ("author", "committed_at", "message")

    def __init__(self, author: str, committed_at: str, message: str) -> None:
        self.author = author
        self.committed_at = committed_at
        self.message = message

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]


def commit_facts(mirror: Mirror, commit: str) -> CommitFacts:
    """Read a commit; one that cannot be read gives empty facts."""
    shown = mirror.read(
        "log", "-1", "--no-show-signature", "--format=%an <%ae>%x00%cI%x00%B", commit, "--"
    ).output
    author, at, message = [*shown.split("\0", _FIELDS - 1), "", "", ""][:_FIELDS]
    return CommitFacts(author, at, message.strip()[:_MAX_MESSAGE])
