"""One more commit on a branch of a remote repository, in which one file is another; nothing is checked out."""

from __future__ import annotations

from bottega.scm.environment import environment, git
from bottega.scm.failures import ScmError, ScmRefusal, fetch_error, readable
from bottega.scm.handover import private_folder, write_private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from bottega.scm.commands import Completed
    from bottega.scm.snapshot import Snapshot

_SECONDS = 20.0
_REJECTED = "! ["
_SAID = (_REJECTED, "remote: ")
COMMITTER = "Bottega", "bottega@localhost"


class Amendment:
    """``path`` is to have ``content``. ``author`` is a name and an address of one line each."""

    __slots__ = ("author", "content", "message", "path")

    def __init__(self, path: str, content: bytes, message: str, author: tuple[str, str]) -> None:
        self.path = path
        self.content = content
        self.message = message
        self.author = author


def push_amended(snapshot: Snapshot, branch: str, amendment: Amendment) -> str:
    """Commit the amendment on top of the snapshot and push it to ``branch``; the id of the commit.

    A branch that has moved on since the snapshot stays as it is. Raises `ScmError`, and its kind `ScmRefusal` where
    trying again would not help.
    """
    with private_folder() as folder:
        commit = _committed(snapshot, folder, amendment)
        done = snapshot.connection.run(
            f"--git-dir={snapshot.repository}",
            *("push", "--quiet", "--no-verify", "--no-signed", "--recurse-submodules=no"),
            *("--", snapshot.connection.url.text, f"{commit}:refs/heads/{branch}"),
        )
    if done.code:
        raise _push_error(snapshot, branch, done)
    return commit


def _committed(snapshot: Snapshot, folder: Path, amendment: Amendment) -> str:
    entry = snapshot.entry(amendment.path)
    if entry is None:
        raise ScmRefusal(f"{amendment.path} is no file of the branch.")
    content, message = folder / "content", write_private(folder / "message", amendment.message)
    content.touch(mode=0o600)
    content.write_bytes(amendment.content)

    def run(*arguments: str) -> str:
        name, address = amendment.author
        env = {
            **environment(),
            "GIT_INDEX_FILE": str(folder / "index"),
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": address,
            "GIT_COMMITTER_NAME": COMMITTER[0],
            "GIT_COMMITTER_EMAIL": COMMITTER[1],
        }
        argv = git(f"--git-dir={snapshot.repository}", *arguments)
        done = snapshot.connection.commands.run(argv, env, _SECONDS)
        if done.code:
            raise ScmError(f"Cannot make a commit: git {arguments[0]} ended with code {done.code}.")
        return done.output.strip()

    blob = run("hash-object", "-w", "--no-filters", "--", str(content))
    run("read-tree", snapshot.commit)
    run("update-index", "--cacheinfo", f"{entry[0]},{blob},{amendment.path}")
    # The contents of all other files were left out when the commit was fetched.
    tree = run("write-tree", "--missing-ok")
    return run("commit-tree", tree, "-p", snapshot.commit, "-F", str(message))


def _push_error(snapshot: Snapshot, branch: str, done: Completed) -> ScmError:
    url = snapshot.connection.url.text
    lines = [line.strip() for line in done.errors.splitlines()]
    said = [line for line in lines if line.startswith(_SAID)]
    if any(line.startswith(_REJECTED) for line in said):
        return ScmRefusal(f"Cannot push to {branch} of {url}: {readable(' '.join(said))}.")
    return fetch_error(url, done.code, done.errors, snapshot.connection.seconds, doing="push to")
