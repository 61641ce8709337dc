"""Filling a workspace from a mirror, inside the sandbox and as the build's own user.

git never runs outside the sandbox in a folder that a build can write to: a hook or a line of `.git/config` there
would run as the agent. The scripts below are constant; every value reaches them through a variable.
"""

from __future__ import annotations

import posixpath

from bottega.scm.environment import sandbox_environment
from bottega.scm.failures import ScmError
from bottega.scm.handover import askpass_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bottega.scm.context import Context
    from bottega.scm.credentials import Credential
    from bottega.scm.giturl import GitUrl

WORKSPACE = "/workspace"
NO_GIT_LFS = 96

_MAX_PATH = 1024

# Objects are borrowed from the mirror, so nothing is copied and no upload-pack runs. `reset` fills the folder;
# files there that the commit does not have stay, as with every checkout.
_CHECKOUT = """set -eu
mkdir -p -- "$SCM_TARGET"
cd -- "$SCM_TARGET"
rm -rf .git
git init --quiet --template= .
printf '%s\\n' "$SCM_OBJECTS" >.git/objects/info/alternates
cat >.git/packed-refs
git config remote.origin.url "$SCM_URL"
git config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*'
if [ -n "$SCM_BRANCH" ]; then
    git update-ref "refs/heads/$SCM_BRANCH" "$SCM_COMMIT"
    git symbolic-ref HEAD "refs/heads/$SCM_BRANCH"
    git config "branch.$SCM_BRANCH.remote" origin
    git config "branch.$SCM_BRANCH.merge" "refs/heads/$SCM_BRANCH"
else
    git update-ref --no-deref HEAD "$SCM_COMMIT"
fi
git reset --quiet --hard "$SCM_COMMIT" --
if [ -n "$SCM_SUBMODULE" ]; then
    cd -- "$SCM_PARENT"
    git config "submodule.$SCM_SUBMODULE.url" "$SCM_URL"
    git config "submodule.$SCM_SUBMODULE.active" true
fi
"""

# The credential, if any, comes by stdin and is gone before the next step starts.
_LFS = f"""set -eu
command -v git-lfs >/dev/null 2>&1 || exit {NO_GIT_LFS}
cd -- "$SCM_TARGET"
if [ -n "$SCM_ASKPASS" ]; then
    umask 077
    helper=$(mktemp -d)
    trap 'rm -rf -- "$helper"' EXIT
    for name in origin username secret; do
        IFS= read -r line
        printf '%s' "$line" >"$helper/$name"
    done
    printf '%s' "$SCM_ASKPASS" >"$helper/askpass"
    chmod 700 "$helper/askpass"
    export GIT_ASKPASS="$helper/askpass"
fi
unset SCM_ASKPASS
git lfs install --local --skip-repo
git lfs pull
"""


def inside_workspace(path: str) -> str:
    """The path inside the sandbox of a folder below the workspace; raises `ScmError` when it would lie elsewhere."""
    if any(character < " " or character == "\x7f" for character in path) or len(path) > _MAX_PATH:
        raise ScmError("The path to check out to contains a control character or is too long.")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith("/") or ".." in parts:
        raise ScmError(f"The path to check out to, {path!r}, is not a folder below the workspace.")
    if any(part.lower() == ".git" for part in parts):
        raise ScmError(f"The path to check out to, {path!r}, lies inside git's own folder.")
    return posixpath.join(WORKSPACE, *parts)


class Placement:
    """One repository's place in the workspace. ``target`` and ``objects`` are paths as seen inside."""

    __slots__ = ("branch", "commit", "objects", "parent", "refs", "submodule", "target", "url")

    def __init__(
        self,
        *,
        url: str,
        commit: str,
        target: str,
        objects: str,
        refs: bytes,
        branch: str = "",
        submodule: str = "",
        parent: str = "",
    ) -> None:
        self.url = url
        self.commit = commit
        self.target = target
        self.objects = objects
        self.refs = refs
        self.branch = branch
        self.submodule = submodule
        self.parent = parent


def check_out(ctx: Context, placement: Placement) -> int:
    """Make the repository at its place; returns git's exit code, its complaints being in the log."""
    variables = {
        "SCM_URL": placement.url,
        "SCM_COMMIT": placement.commit,
        "SCM_BRANCH": placement.branch,
        "SCM_TARGET": ctx.sandbox_path(placement.target),
        "SCM_OBJECTS": ctx.sandbox_path(placement.objects),
        "SCM_SUBMODULE": placement.submodule,
        "SCM_PARENT": ctx.sandbox_path(placement.parent or WORKSPACE),
    }
    env = {**sandbox_environment(ctx.env), **variables}
    return ctx.run(["/bin/sh", "-c", _CHECKOUT], env=env, cwd=WORKSPACE, network=False, stdin=placement.refs)


def pull_lfs(ctx: Context, target: str, url: GitUrl, credential: Credential | None) -> int:
    """Replace LFS pointers by their files; `NO_GIT_LFS` when the program is not there."""
    env = {**sandbox_environment(ctx.env), "SCM_TARGET": ctx.sandbox_path(target), "SCM_ASKPASS": ""}
    env.pop("GIT_LFS_SKIP_SMUDGE")
    # Which server holds the files is for the repository's .lfsconfig to say, so no single transport can be named.
    env["GIT_ALLOW_PROTOCOL"] = "https:http:ssh:file" if url.scheme == "file" else "https:http:ssh"
    stdin = b""
    if credential and credential.kind == "basic":
        files = askpass_files(url, credential)
        env["SCM_ASKPASS"] = files["askpass"]
        stdin = "".join(files[name] + "\n" for name in ("origin", "username", "secret")).encode()
    return ctx.run(["/bin/sh", "-c", _LFS], env=env, cwd=WORKSPACE, network=True, stdin=stdin)
