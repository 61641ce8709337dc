"""The names of the files at one place of a remote repository, for the control plane: no file is checked out."""

from __future__ import annotations

from bottega.scm.snapshot import open_snapshot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bottega.scm.commands import Start
    from bottega.scm.options import GitOptions
    from bottega.scm.wanted import Wanted


def list_files(url: str, wanted: Wanted, options: GitOptions, start: Start) -> list[str]:
    """Paths of all files at a branch or tag, relative to the repository's root; an empty branch is the default one.

    Blocks for at most about ``options.fetch_seconds``. Raises `UrlRefused` or `ScmError`.
    """
    with open_snapshot(url, wanted, options, start) as snapshot:
        return snapshot.names()
