"""Bringing a mirror up to date: one fetch at a time, nothing fetched twice, a broken mirror made anew once."""

from __future__ import annotations

import re

from bottega.scm.environment import environment
from bottega.scm.failures import ScmError, fetch_failure
from bottega.scm.locks import waited_for
from bottega.scm.mirror import PINS, Mirror
from bottega.scm.refs import check_branch, is_full_commit
from bottega.scm.remote import parse_refs
from bottega.scm.wanted import Wanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from bottega.scm.commands import Completed
    from bottega.scm.connection import Connection

    Log = Callable[[str, str], None]
    """Takes a level and a message."""

_EVERYTHING = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
_STALE_LOCK = re.compile(r"\.lock': File exists")
_BROKEN = re.compile(
    r"bad (tree )?object|missing (blob|tree|commit)|did not send all necessary objects"
    r"|unable to read (tree|sha1|object|[0-9a-f]{40})|could not (read|parse) (tree |commit |object )?[0-9a-f]{40}"
    r"|is corrupt|corrupt (loose )?object|loose object|inflate|invalid sha1 pointer|not a GIT packfile|far too short"
    r"|packfile .* (cannot be accessed|does not match)|index file .* (is too small|non-monotonic)"
    r"|unresolved deltas|not a valid object|unexpected line in|bad config"
)
_MAX_NAMES = 3


class Fetch:
    """What one checkout does to one mirror."""

    def __init__(self, mirror: Mirror, connection: Connection, attempt: str, log: Log) -> None:
        self._mirror = mirror
        self._connection = connection
        self._attempt = attempt
        self._log = log
        self._url = connection.url.text

    def default_branch(self) -> Wanted:
        """The branch that the remote's HEAD points to; raises `ScmError` when it has none."""
        answer = self._connection.list_refs(("HEAD",))
        if answer.code:
            raise ScmError(fetch_failure(self._url, answer.code, answer.errors, self._connection.seconds))
        head = parse_refs(answer.output).head
        if not head:
            raise ScmError(f"{self._url} has no default branch; name the branch to build.")
        # The remote chose this name: it is checked like one that a user gave.
        return Wanted("branch", check_branch(head))

    def obtain(self, wanted: Wanted) -> str:
        """The full id of the wanted commit, fetched when needed and pinned for this attempt; raises `ScmError`."""
        with self._locked():
            # A commit never changes: when it is here there is nothing to ask the remote for.
            commit = self._mirror.find(wanted) if wanted.kind == "commitId" and self._mirror.exists else None
            if commit is None:
                commit = self._fetched(wanted)
            return self._pinned(commit)

    def repaired(self, commit: str) -> bool:
        """After a failed checkout: whether the mirror was to blame and has been made anew with the commit in it."""
        mirror = self._mirror
        with self._locked():
            # Reads every file of the commit; "-o" writes them nowhere.
            check = mirror.git("archive", "--format=tar", "-o", "/dev/null", commit)
            if mirror.exists and self._run(check) == 0:
                return False
            self._rebuild("its objects cannot be read")
            self._pinned(self._look_up(Wanted("commitId", commit)))
            return True

    def _locked(self) -> AbstractContextManager[None]:
        def tell() -> None:
            self._log("INFO", f"Another build is fetching {self._url}; waiting for it.")

        return waited_for(self._mirror.lock, self._connection.commands, self._connection.seconds, tell)

    def _run(self, argv: list[str]) -> int:
        return self._connection.commands.run(argv, environment(), self._connection.seconds).code

    def _pinned(self, commit: str) -> str:
        self._mirror.pin(self._attempt, commit)
        self._mirror.touch()
        return commit

    def _fetched(self, wanted: Wanted) -> str:
        fresh = self._mirror.create()
        self._log("INFO", f"Fetching {self._url}" + (" for the first time, whole." if fresh else "."))
        complaint = self._fetch(_EVERYTHING)
        if complaint is not None:
            self._rebuild(complaint)
        elif fresh:
            # One file instead of one per branch and tag.
            self._mirror.read("pack-refs", "--all")
        return self._look_up(wanted)

    def _fetch(self, refspecs: tuple[str, ...]) -> str | None:
        """Fetch; returns a complaint about the mirror itself, raises `ScmError` for everything else."""
        done = self._fetch_once(refspecs)
        if done.code and _STALE_LOCK.search(done.errors):
            # Left by a git that was killed: nobody else writes here while we hold the mirror's lock.
            for stale in self._mirror.path.rglob("*.lock"):
                stale.unlink(missing_ok=True)
            done = self._fetch_once(refspecs)
        for line in done.errors.splitlines()[-20:]:
            self._log("DEBUG", f"git: {line}")
        if not done.code:
            return None
        if self._mirror.read("rev-parse", "--git-dir").code:
            return "it is no git repository any more"
        if found := _BROKEN.search(done.errors):
            return f"git says: {found[0]}"
        raise ScmError(fetch_failure(self._url, done.code, done.errors, self._connection.seconds))

    def _fetch_once(self, refspecs: tuple[str, ...]) -> Completed:
        return self._connection.run(
            f"--git-dir={self._mirror.path}",
            *("fetch", "--quiet", "--no-tags", "--prune", "--no-write-fetch-head"),
            *("--", self._url, *refspecs),
        )

    def _rebuild(self, complaint: str) -> None:
        """Fetch everything into a new mirror; the pins of other builds move over."""
        self._log("WARN", f"The mirror of {self._url} is damaged ({complaint}) and is made anew.")
        mirror = self._mirror
        pins = mirror.pins()
        aside = mirror.set_aside() if mirror.exists else None
        try:
            mirror.create()
            self._fetch_whole()
        except BaseException:
            # Then the remote is to blame; what worked for other builds shall go on working for them.
            mirror.restore(aside)
            raise
        for attempt, commit in pins:
            # One that the remote no longer has cannot be saved, and its build fails by itself.
            mirror.read("update-ref", "--no-deref", f"{PINS}/{attempt}/{commit}", commit)

    def _fetch_whole(self) -> None:
        complaint = self._fetch(_EVERYTHING)
        if complaint is not None:
            raise ScmError(f"Cannot fetch {self._url}: a new mirror of it is damaged too ({complaint}).")

    def _look_up(self, wanted: Wanted) -> str:
        mirror = self._mirror
        commit = mirror.find(wanted)
        if commit is None and wanted.kind == "commitId" and is_full_commit(wanted.name):
            # Not below any branch or tag, as a change under review: some servers hand it out by its id.
            pin = f"{PINS}/{self._attempt}/{wanted.name}"
            self._connection.run(
                f"--git-dir={mirror.path}",
                *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head"),
                *("--", self._url, f"{wanted.name}:{pin}"),
            )
            commit = mirror.find(wanted)
        if commit is None:
            raise ScmError(_missing(mirror, wanted, self._url))
        return commit


def _missing(mirror: Mirror, wanted: Wanted, url: str) -> str:
    if wanted.kind == "commitId":
        return f"There is no commit {wanted.name} in {url}."
    names = mirror.names(wanted.ref.removesuffix(wanted.name))
    kind = "branch" if wanted.kind == "branch" else "tag"
    if not names:
        return f"There is no {kind} {wanted.name!r} in {url}; it has no {kind} at all."
    if wanted.name in names:
        return f"The {wanted.shown} in {url} does not point to a commit."
    # Wanted once in many builds.
    from difflib import get_close_matches  # noqa: PLC0415

    near = get_close_matches(wanted.name, names, _MAX_NAMES, cutoff=0.4) or names[:_MAX_NAMES]
    shown = ", ".join(repr(name) for name in near)
    return f"There is no {kind} {wanted.name!r} in {url}; the nearest names are {shown}."
