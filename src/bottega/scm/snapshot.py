"""One commit of a remote repository, for the control plane: its files are named and single ones read, none checked out.

The one commit is fetched without its history, and without the contents of files where the server can leave them out:
those that are read are then asked for one by one.
"""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress

from bottega.scm.connection import connect
from bottega.scm.environment import environment, git
from bottega.scm.failures import ScmError, ScmRefusal, fetch_error
from bottega.scm.handover import private_folder
from bottega.scm.refs import is_full_commit
from bottega.scm.urls import check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from bottega.scm.commands import Completed, Start
    from bottega.scm.connection import Connection
    from bottega.scm.options import GitOptions
    from bottega.scm.wanted import Wanted

_PLACE = "refs/bottega/tree"
_EVERYTHING = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
_WITHOUT_FILES = "--filter=blob:none"
_WITHOUT_FOLDERS = "--filter=tree:0"
_MAX_MESSAGE = 4096
_READ_SECONDS = 20.0
_NO_SUCH_REF = re.compile(r"couldn't find remote ref")
_NO_DEPTH = re.compile(r"does not support shallow")
_MAX_CANDIDATES = 20
_REGULAR = frozenset({"100644", "100755"})


class TooLarge(ScmRefusal):
    """A file is larger than its reader allows."""


class Snapshot:
    """A fetched commit; made by `open_snapshot`. ``commit`` is its full id."""

    def __init__(self, connection: Connection, repository: Path, commit: str) -> None:
        self.connection = connection
        self.repository = repository
        self.commit = commit

    def names(self) -> list[str]:
        """Paths of all files, relative to the repository's root. Raises `ScmError`."""
        listing = self._git("ls-tree", "-r", "-z", "--name-only", "--full-tree", self.commit)
        if listing.code:
            url = self.connection.url.text
            raise ScmError(f"Cannot list the files of {url} (exit code {listing.code}).")
        return [path for path in listing.output.split("\0") if path]

    def message(self) -> str:
        """What was written about the commit, whole up to a limit. Raises `ScmError`."""
        shown = self._git("log", "-1", "--no-show-signature", "--format=%B", self.commit, "--")
        if shown.code:
            raise ScmError(f"Cannot read commit {self.commit} (exit code {shown.code}).")
        return shown.output.strip()[:_MAX_MESSAGE]

    def read(self, path: str, max_bytes: int) -> bytes | None:
        """The content of the file at ``path``; None where there is none, or something else, such as a link.

        Raises `TooLarge` and `ScmError`.
        """
        found = self.entry(path)
        return None if found is None else self._content(found[1], path, max_bytes)

    def entry(self, path: str) -> tuple[str, str] | None:
        """Mode and object id of the file at ``path``; None where there is none. Raises `ScmError`."""
        # Paths that git could take for patterns are taken as they are.
        found = self._git("--literal-pathspecs", "ls-tree", "-z", "--full-tree", self.commit, "--", path)
        if found.code:
            raise ScmError(f"Cannot look for {path} (exit code {found.code}).")
        for entry in found.output.split("\0"):
            facts, _, name = entry.partition("\t")
            if name == path and facts.split()[0] in _REGULAR:
                mode, _, blob = facts.split()
                return mode, blob
        return None

    def _content(self, blob: str, path: str, max_bytes: int) -> bytes:
        # Of a file that was left out its size is not known either: asking for it fetches the file.
        size = self.connection.run(f"--git-dir={self.repository}", "cat-file", "-s", blob)
        if size.code:
            url, seconds = self.connection.url.text, self.connection.seconds
            raise fetch_error(url, size.code, size.errors, seconds)
        if int(size.output) > max_bytes:
            raise TooLarge(f"{path} has {int(size.output)} bytes, {max_bytes} are allowed.")
        content = self._git("cat-file", "blob", blob)
        if content.code:
            raise ScmError(f"Cannot read {path} (exit code {content.code}).")
        return content.output_bytes

    def _git(self, *arguments: str) -> Completed:
        argv = git(f"--git-dir={self.repository}", *arguments)
        return self.connection.commands.run(argv, environment(), _READ_SECONDS)


@contextmanager
def open_snapshot(
    url: str, wanted: Wanted, options: GitOptions, start: Start, *, only_commit: bool = False
) -> Generator[Snapshot]:
    """The commit at a branch, tag or id; an empty branch is the default one.

    ``only_commit``: its files are not asked for, and a server that can only give a whole history is refused.
    Each command of git blocks for at most about ``options.fetch_seconds``. Raises `UrlRefused`, `ScmError`, and its
    kind `ScmRefusal` where trying again would not help.
    """
    checked = check(url, options.policy)
    with private_folder() as folder, connect(checked, options, start) as connection:
        repository = folder / "names.git"
        left_out = _WITHOUT_FOLDERS if only_commit else _WITHOUT_FILES
        commit = (
            _fetched_commit(connection, repository, wanted, left_out)
            if wanted.kind == "commitId"
            else _fetched_ref(connection, repository, wanted, left_out)
        )
        if not commit and only_commit:
            raise ScmRefusal(f"{checked.text} does not give away single commits.")
        if not commit:
            repository = folder / "whole.git"
            commit = _whole(connection, repository, wanted)
        yield Snapshot(connection, repository, commit)


def _fetched_ref(connection: Connection, repository: Path, wanted: Wanted, left_out: str) -> str:
    """Fetch a branch or tag; empty when the server can only give all of its history."""
    done = _fetch(connection, repository, (_refspec(wanted),), "--depth=1", left_out)
    if done.code and _NO_DEPTH.search(done.errors):
        return ""
    if done.code:
        raise _missing(connection, wanted, done)
    return _commit(connection, repository, _PLACE, wanted)


def _fetched_commit(connection: Connection, repository: Path, wanted: Wanted, left_out: str) -> str:
    """Fetch a commit by its id; empty when the server does not give it away by that."""
    if not is_full_commit(wanted.name):
        return ""
    refspec = (f"{wanted.name}:{_PLACE}",)
    done = _fetch(connection, repository, refspec, "--depth=1", left_out)
    return "" if done.code else _commit(connection, repository, _PLACE, wanted)


def _whole(connection: Connection, repository: Path, wanted: Wanted) -> str:
    """Fetch all branches and tags with their history, or the one that is wanted, and look the commit up there."""
    by_id = wanted.kind == "commitId"
    # A plain file server behind http cannot leave out anything, and one that was asked to would be waited for in vain.
    done = _fetch(
        connection,
        repository,
        _EVERYTHING if by_id else (_refspec(wanted),),
        *((_WITHOUT_FILES,) if by_id else ()),
    )
    if done.code:
        raise _missing(connection, wanted, done)
    return (
        _by_id(connection, repository, wanted) if by_id else _commit(connection, repository, _PLACE, wanted)
    )


def _by_id(connection: Connection, repository: Path, wanted: Wanted) -> str:
    # Not rev-parse's own abbreviation: a branch that is called like it would win.
    argv = git(f"--git-dir={repository}", "rev-parse", f"--disambiguate={wanted.name}")
    candidates = connection.commands.run(argv, environment(), _READ_SECONDS).output.split()
    commits: set[str] = set()
    for candidate in candidates[:_MAX_CANDIDATES]:
        with suppress(ScmRefusal):
            commits.add(_commit(connection, repository, candidate, wanted))
    if len(commits) == 1:
        return commits.pop()
    if commits:
        raise ScmRefusal(
            f"The commit id {wanted.name} is ambiguous: it begins the ids of {len(commits)} commits."
        )
    raise ScmRefusal(f"There is no commit {wanted.name} in {connection.url.text}.")


def _commit(connection: Connection, repository: Path, name: str, wanted: Wanted) -> str:
    argv = git(f"--git-dir={repository}", "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    found = connection.commands.run(argv, environment(), _READ_SECONDS)
    if found.code:
        raise ScmRefusal(f"There is no {wanted.shown} in {connection.url.text}.")
    return found.output.strip()


def _refspec(wanted: Wanted) -> str:
    return f"+{wanted.ref if wanted.name else 'HEAD'}:{_PLACE}"


def _missing(connection: Connection, wanted: Wanted, done: Completed) -> ScmError:
    url = connection.url.text
    if not _NO_SUCH_REF.search(done.errors):
        return fetch_error(url, done.code, done.errors, connection.seconds)
    if not wanted.name:
        return ScmRefusal(f"{url} has no default branch.")
    return ScmRefusal(f"There is no {wanted.kind} {wanted.name!r} in {url}.")


def _fetch(connection: Connection, repository: Path, refspecs: tuple[str, ...], *options: str) -> Completed:
    made = connection.commands.run(
        git("init", "--quiet", "--bare", "--template=", str(repository)), environment(), _READ_SECONDS
    )
    if made.code:
        raise ScmError(f"Cannot make a folder to fetch into: {made.errors.strip()[:300]}")
    return connection.run(
        f"--git-dir={repository}",
        *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", *options),
        *("--", connection.url.text, *refspecs),
    )
