"""Bare mirrors of remote repositories on the agent's disk: where they are, what is in them, and their pins.

There is one mirror per repository and credential, complete in history; workspaces borrow its objects. A mirror
belongs to the agent and holds nothing that a build can write to. Builds read it under their own uid, so its files are
world-readable; what keeps one build from another's mirror is the sandbox, and below that a folder name that
cannot be guessed (salted) in a root that cannot be listed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from pathlib import Path

from bottega.scm.commands import Completed
from bottega.scm.environment import environment, git
from bottega.scm.failures import ScmError
from bottega.scm.handover import unique, write_private
from bottega.scm.refs import check_attempt, is_full_commit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bottega.scm.giturl import GitUrl
    from bottega.scm.wanted import Wanted

PINS = "refs/bottega/build"

_READ_SECONDS = 60.0
_SALT_BYTES = 32
_MAX_CANDIDATES = 50  # objects that share the beginning of a shortened commit id


class Mirrors:
    """The folder that holds all mirrors of an agent; made ready on construction."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        # Build users pass through, and cannot list.
        root.chmod(0o711)
        self.private = root / "private"
        self.private.mkdir(mode=0o700, exist_ok=True)
        self._salt = _salt(root / "salt")

    def of(self, url: GitUrl, scope: str = "") -> Mirror:
        """The mirror of a repository as seen with one credential's scope, whether it exists or not."""
        return Mirror(self.root / f"{url.key(scope, self._salt)}.git")

    def all(self) -> list[Mirror]:
        """Every mirror on the disk."""
        return [Mirror(path) for path in sorted(self.root.glob("*.git"))]

    def unpin(self, attempt: str) -> None:
        """Let go of everything an attempt had pinned; to be called when it has ended."""
        check_attempt(attempt)
        for mirror in self.all():
            mirror.unpin(attempt)


class Mirror:
    """One mirror. Whoever changes it holds `lock`; reading needs no lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = path.with_suffix(".lock")

    @property
    def name(self) -> str:
        """A short name that is the same on every use of this mirror."""
        return self.path.stem[:16]

    @property
    def exists(self) -> bool:
        """Whether there is a mirror; it may still be empty or broken."""
        return self.path.is_dir()

    def git(self, *arguments: str, options: tuple[str, ...] = ()) -> list[str]:
        """The command line of a git call on this mirror."""
        return git(f"--git-dir={self.path}", *arguments, options=options)

    def read(self, *arguments: str) -> Completed:
        """Run a short git command on this mirror, without network."""
        try:
            done = subprocess.run(
                self.git(*arguments),
                env=environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_READ_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ScmError(f"Reading the mirror took longer than {_READ_SECONDS:.0f} seconds.") from None
        return Completed(done.returncode, done.stdout, done.stderr)

    def create(self) -> bool:
        """Make an empty mirror if there is none; returns whether it was made. It appears whole or not at all."""
        if self.exists:
            return False
        made = unique(self.path.parent, "new-")
        made.mkdir()
        try:
            Mirror(made)._initialise()
            made.rename(self.path)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
        return True

    def _initialise(self) -> None:
        self.path.chmod(0o755)
        # Readable by build users whatever the agent's umask is.
        done = self.read("init", "--quiet", "--bare", "--shared=0644", "--template=")
        if done.code:
            raise ScmError(f"The mirror cannot be made: {done.errors.strip()[:300]}")

    def set_aside(self) -> Path:
        """Move a broken mirror out of the way, not delete it: running builds may still read its folder."""
        aside = self.path.with_suffix(f".broken-{time.time_ns()}")
        self.path.rename(aside)
        os.utime(aside)  # from now on its age counts
        return aside

    def restore(self, aside: Path | None) -> None:
        """Take back what `set_aside` moved, instead of what was made since."""
        shutil.rmtree(self.path, ignore_errors=True)
        if aside is not None:
            aside.rename(self.path)

    def find(self, wanted: Wanted) -> str | None:
        """The full id of the commit that is wanted, or None when the mirror does not have it."""
        if wanted.kind != "commitId":
            return self._commit(wanted.ref)
        if is_full_commit(wanted.name):
            return self._commit(wanted.name)
        # Not rev-parse's own abbreviation: a branch that is called like it would win.
        candidates = self.read("rev-parse", f"--disambiguate={wanted.name}").output.split()[:_MAX_CANDIDATES]
        commits = {commit for candidate in candidates if (commit := self._commit(candidate))}
        if len(commits) > 1:
            raise ScmError(
                f"The commit id {wanted.name} is ambiguous: it begins the ids of {len(commits)} commits."
            )
        return commits.pop() if commits else None

    def names(self, prefix: str) -> list[str]:
        """The short names of all refs below ``refs/heads/`` or ``refs/tags/``."""
        listed = self.read("for-each-ref", "--format=%(refname)", prefix).output.splitlines()
        return [name.removeprefix(prefix) for name in listed]

    def packed_refs(self) -> bytes:
        """Branches (as origin's) and tags in git's packed-refs format, for the workspace that borrows from here."""
        shown = "%(objectname) %(refname)%(if)%(*objectname)%(then)%0a^%(*objectname)%(end)"
        listed = self.read("for-each-ref", f"--format={shown}", "refs/heads/", "refs/tags/").output
        # Stays sorted, as the header promises: "refs/remotes" comes before "refs/tags" as "refs/heads" does.
        moved = listed.replace(" refs/heads/", " refs/remotes/origin/")
        return ("# pack-refs with: peeled fully-peeled sorted \n" + moved).encode()

    def pin(self, attempt: str, commit: str) -> None:
        """Keep a commit, and all it needs, from being collected while an attempt uses it.

        Pins are an attempt's, not its run's: the next attempt may begin here while the one before is still ended.
        """
        pin = f"{PINS}/{check_attempt(attempt)}/{commit}"
        done = self.read("update-ref", "--no-deref", pin, commit)
        if done.code:
            raise ScmError(f"The commit {commit} cannot be pinned in the mirror: {done.errors.strip()[:300]}")

    def unpin(self, attempt: str) -> None:
        """Let go of an attempt's pins here."""
        for holder, commit in set(self.pins()):
            if holder == attempt:
                self.read("update-ref", "-d", f"{PINS}/{holder}/{commit}")

    def pins(self) -> list[tuple[str, str]]:
        """(attempt, commit) of each pin."""
        loose = [(found.parent.name, found.name) for found in (self.path / PINS).glob("*/*")]
        return loose + self._packed_pins()

    def _packed_pins(self) -> list[tuple[str, str]]:
        # We never pack them, but an administrator's own "git gc" does. Read directly: a process for each mirror
        # at the end of each build would be felt.
        try:
            packed = (self.path / "packed-refs").read_text("utf-8", "replace")
        except FileNotFoundError:
            return []
        if PINS not in packed:
            return []
        names = (line.partition(" ")[2] for line in packed.splitlines())
        parts = (name.removeprefix(f"{PINS}/").split("/") for name in names if name.startswith(f"{PINS}/"))
        return [(attempt, commit) for attempt, commit in parts]

    def touch(self) -> None:
        """Note that the mirror is in use; the lock's file is where `last_used` looks."""
        os.utime(self.lock)

    def last_used(self) -> float:
        """When a build used the mirror last, in seconds since the epoch."""
        probe = self.lock if self.lock.exists() else self.path
        return probe.stat().st_mtime

    def _commit(self, name: str) -> str | None:
        found = self.read("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return found.output.strip() if found.code == 0 else None


def _salt(path: Path) -> bytes:
    """The secret part of this agent's folder names; made once."""
    if not path.exists():
        made = write_private(unique(path.parent, "new-"), os.urandom(_SALT_BYTES).hex())
        # Appears whole; of two runners that start at the same time the first one's stays.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(made)
        made.unlink()
    return path.read_bytes()
