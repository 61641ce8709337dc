"""The names of the files at one place of a remote repository, for the control plane: no file is checked out.

The one commit is fetched without its history, and without the contents of files where the server can leave them out.
"""

from __future__ import annotations

import re

from bottega.scm.connection import connect
from bottega.scm.environment import environment, git
from bottega.scm.failures import ScmError, fetch_failure
from bottega.scm.handover import private_folder
from bottega.scm.urls import check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from bottega.scm.commands import Completed, Start
    from bottega.scm.connection import Connection
    from bottega.scm.options import GitOptions
    from bottega.scm.wanted import Wanted

_PLACE = "refs/bottega/tree"
_READ_SECONDS = 20.0
_NO_SUCH_REF = re.compile(r"couldn't find remote ref")
_NO_DEPTH = re.compile(r"does not support shallow")


def list_files(url: str, wanted: Wanted, options: GitOptions, start: Start) -> list[str]:
    """Paths of all files at a branch or tag, relative to the repository's root; an empty branch is the default one.

    Blocks for at most about ``options.fetch_seconds``. Raises `UrlRefused` or `ScmError`.
    """
    checked = check(url, options.policy)
    with private_folder() as folder, connect(checked, options, start) as connection:
        repository = _fetched(connection, folder, wanted)
        listing = connection.commands.run(
            git(f"--git-dir={repository}", "ls-tree", "-r", "-z", "--name-only", "--full-tree", _PLACE),
            environment(),
            _READ_SECONDS,
        )
    if listing.code:
        raise ScmError(f"Cannot list the files of {checked.text} (exit code {listing.code}).")
    return [path for path in listing.output.split("\0") if path]


def _fetched(connection: Connection, folder: Path, wanted: Wanted) -> Path:
    """A repository that has the wanted commit at `_PLACE`."""
    repository = folder / "names.git"
    done = _fetch(connection, repository, wanted, "--depth=1", "--filter=blob:none")
    if done.code and _NO_DEPTH.search(done.errors):
        # A plain file server behind http. It needs a new repository: one that was to leave out contents waits for a
        # server that sends them later.
        repository = folder / "whole.git"
        done = _fetch(connection, repository, wanted)
    if not done.code:
        return repository
    url = connection.url.text
    if _NO_SUCH_REF.search(done.errors):
        raise ScmError(
            f"There is no {wanted.kind} {wanted.name!r} in {url}."
            if wanted.name
            else f"{url} has no default branch."
        )
    raise ScmError(fetch_failure(url, done.code, done.errors, connection.seconds))


def _fetch(connection: Connection, repository: Path, wanted: Wanted, *options: str) -> Completed:
    made = connection.commands.run(
        git("init", "--quiet", "--bare", "--template=", str(repository)), environment(), _READ_SECONDS
    )
    if made.code:
        raise ScmError(f"Cannot make a folder to fetch into: {made.errors.strip()[:300]}")
    source = wanted.ref if wanted.name else "HEAD"
    return connection.run(
        f"--git-dir={repository}",
        *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", *options),
        *("--", connection.url.text, f"+{source}:{_PLACE}"),
    )
