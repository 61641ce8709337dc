"""What a remote repository offers, for the control plane: its branches, its tags and its default branch."""

from __future__ import annotations

from bottega.scm.commands import start_directly
from bottega.scm.connection import connect
from bottega.scm.failures import ScmError, fetch_failure
from bottega.scm.urls import check
from bottega.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bottega.scm.commands import Start
    from bottega.scm.options import GitOptions

_HEADS = "refs/heads/"
_TAGS = "refs/tags/"
_PEELED = "^{}"


class RemoteRefs(Value):
    """Short names with the full ids of the commits they stand for; ``head`` is the default branch or empty."""

    __slots__ = ("branches", "head", "tags")
    branches: dict[str, str]
    tags: dict[str, str]
    head: str

    def __init__(self, branches: dict[str, str], tags: dict[str, str], head: str) -> None:
        self._fill(branches=branches, tags=tags, head=head)


def list_refs(url: str, options: GitOptions, start: Start = start_directly) -> RemoteRefs:
    """Ask a remote for its refs; blocks for at most about ``options.fetch_seconds``. ``start`` runs the commands.

    Raises `UrlRefused` or `ScmError`.
    """
    checked = check(url, options.policy)
    with connect(checked, options, start) as connection:
        answer = connection.list_refs(("HEAD", _HEADS + "*", _TAGS + "*"))
    if answer.code:
        raise ScmError(fetch_failure(checked.text, answer.code, answer.errors, options.fetch_seconds))
    return parse_refs(answer.output)


def parse_refs(listing: str) -> RemoteRefs:
    """Read the answer of ``git ls-remote --symref``; an annotated tag counts as the commit it points to."""
    branches: dict[str, str] = {}
    tags: dict[str, str] = {}
    head = ""
    for line in listing.splitlines():
        value, _, name = line.partition("\t")
        if value.startswith("ref: ") and name == "HEAD":
            head = value.removeprefix("ref: ").removeprefix(_HEADS)
        elif name.startswith(_HEADS):
            branches[name.removeprefix(_HEADS)] = value
        elif name.startswith(_TAGS):
            # The peeled line follows the tag's own.
            tags[name.removeprefix(_TAGS).removesuffix(_PEELED)] = value
    return RemoteRefs(branches, tags, head)
