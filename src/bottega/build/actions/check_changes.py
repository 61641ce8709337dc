"""What a commit or a merge request changes, read from the agent's mirror of the repository."""

from __future__ import annotations

import os
from pathlib import Path

from bottega.scm.credentials import choose
from bottega.scm.environment import sandbox_environment
from bottega.scm.failures import ScmError
from bottega.scm.mirror import Mirrors
from bottega.scm.options import GitOptions
from bottega.scm.refs import RefRefused, check_branch
from bottega.scm.urls import UrlRefused, check
from bottega.scm.wanted import Wanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bottega.agent.runner.context import StepContext
    from bottega.agent.sandbox import Bind
    from bottega.scm.mirror import Mirror

PARENT, TARGET, WITHOUT = "parent", "target:", "without:"
# As the build's user: git runs outside of the sandbox only where no build can write.
_EXPORT = """set -eu
mkdir -- "$2"
cd -- "$2"
export GIT_DIR="$1" GIT_WORK_TREE=. GIT_INDEX_FILE="$2.index"
git read-tree "$3"
git checkout-index --quiet --all
rm -f -- "$GIT_INDEX_FILE"
"""


def changed_files(ctx: StepContext, url: str, since: str) -> list[str] | None:
    """The files of the commit that was checked out, as far as they changed; None for a commit without a parent.

    ``since`` is ``parent``, or ``target:<branch>`` for what has changed since the branch was left. Raises ScmError.
    """
    try:
        return _changed_files(ctx, _mirror(ctx, url), since)
    except (RefRefused, UrlRefused, ValueError) as error:
        raise ScmError(f"The changes cannot be looked for: {error}.") from None


def left_at(ctx: StepContext, url: str, branch: str) -> str:
    """The commit at which what was checked out has left a branch. Raises ScmError."""
    try:
        return _merge_base(_mirror(ctx, url), ctx.env.get("COMMIT_ID", ""), check_branch(branch))
    except (RefRefused, UrlRefused, ValueError) as error:
        raise ScmError(f"{error}.") from None


def place_base(ctx: StepContext, url: str, branch: str, folder: str, *, binds: Sequence[Bind]) -> str:
    """Put the files of a branch's head into ``folder``, as the build's user sees it; without a branch, those of the
    parent of the commit that was checked out. Returns the commit, or an empty text for a commit without a parent.

    Submodules are left out. Raises ScmError.
    """
    try:
        mirror = _mirror(ctx, url)
        base = _head(mirror, check_branch(branch)) if branch else _parent(mirror, ctx.env["COMMIT_ID"])
    except (RefRefused, UrlRefused, ValueError) as error:
        raise ScmError(f"What is compared with cannot be found: {error}.") from None
    if base is None:
        return ""
    mirror.pin(ctx.attempt_name, base)
    shown = ctx.sandbox_path(f"/mirror/{mirror.name}")
    command = ["/bin/sh", "-c", _EXPORT, "export", shown, folder, base]
    code = ctx.run(command, env=sandbox_environment(ctx.env), network=False, binds=binds)
    if code:
        raise ScmError(f"The files of {base} cannot be had (exit code {code}): {ctx.complaint()}.")
    return base


def _mirror(ctx: StepContext, url: str) -> Mirror:
    options = GitOptions.from_dict(ctx.git)
    address = check(url, options.policy)
    credential = choose(options.credentials, address)
    return Mirrors(Path(ctx.mirrors_root)).of(address, credential.scope if credential else "")


def _changed_files(ctx: StepContext, mirror: Mirror, since: str) -> list[str] | None:
    commit = ctx.env.get("COMMIT_ID", "")
    if since.startswith(TARGET):
        base = _merge_base(mirror, commit, check_branch(since.removeprefix(TARGET)))
    else:
        base = mirror.find(Wanted("commitId", commit)) and _parent(mirror, commit)
        if base is None:
            return None
    # Renamed files are new ones to analysers: they may have rules that go by names.
    flags = ("-r", "-z", "--no-renames", "--diff-filter=d", "--name-only", "--end-of-options")
    listed = mirror.read("diff-tree", *flags, base, commit)
    if listed.code:
        raise ScmError(f"The changes since {base} cannot be read: {listed.errors.strip()[:300]}.")
    return [name for one in listed.output_bytes.split(b"\0") if one and (name := _text(ctx, one))]


def _text(ctx: StepContext, name: bytes) -> str:
    try:
        return name.decode()
    except UnicodeDecodeError:
        ctx.log("WARN", f"not looked at, because its name is not valid UTF-8: {os.fsdecode(name)!r}")
        return ""


def _parent(mirror: Mirror, commit: str) -> str | None:
    found = mirror.read("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^")
    return found.output.strip() if found.code == 0 else None


def _merge_base(mirror: Mirror, commit: str, branch: str) -> str:
    found = mirror.read("merge-base", _head(mirror, branch), commit)
    if found.code:
        raise ScmError(f"The branch has no commit in common with its target {branch}.")
    return found.output.strip()


def _head(mirror: Mirror, branch: str) -> str:
    found = mirror.find(Wanted("branch", branch))
    if found is None:
        raise ScmError(f"The target branch {branch} does not exist.")
    return found
