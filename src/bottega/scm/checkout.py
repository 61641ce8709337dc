"""The step "code checkout": from a repository's URL to files in the workspace.

The repository is fetched into the agent's mirror, outside the sandbox; the workspace is filled from the mirror, inside
of it. Depth: a mirror always holds the complete history, because a shallow one cannot serve builds of other
commits, and a workspace borrows from it at no cost. So ``depth`` is accepted and saves nothing; `git log` and `git
describe` see everything, and only an agent's first build of a repository pays for its history.
"""

from __future__ import annotations

import posixpath
from pathlib import Path

from bottega.agent.sandbox import Bind
from bottega.scm.connection import connect
from bottega.scm.credentials import choose
from bottega.scm.facts import commit_facts
from bottega.scm.failures import ScmError, readable
from bottega.scm.fetching import Fetch
from bottega.scm.mirror import Mirror, Mirrors
from bottega.scm.options import GitOptions
from bottega.scm.refs import RefRefused, check_commit
from bottega.scm.submodules import MAX_DEPTH, MAX_TOTAL, Submodule, list_submodules, resolve_url
from bottega.scm.urls import UrlRefused, check
from bottega.scm.wanted import Wanted, wanted_by
from bottega.scm.workspace import NO_GIT_LFS, Placement, check_out, inside_workspace, pull_lfs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bottega.scm.context import Context
    from bottega.scm.giturl import GitUrl
    from bottega.scm.wanted import Source

SHORT_COMMIT = 8


def prepare(ctx: Context, source: Source) -> int:
    """Check the source out; returns 0, or 1 after one ERROR line that says why not, which is also the step's reason.

    Sets COMMIT_ID, COMMIT_ID_SHORTER and, for a tag, GIT_TAG for the steps after it. The mirrors stay pinned for the
    attempt: call ``Mirrors(root).unpin(attempt_name)`` when it has ended.
    """
    return attempted(ctx, lambda options: Checkout(ctx, options).source(source))


def attempted(ctx: Context, work: Callable[[GitOptions], None]) -> int:
    """Do what needs git; returns 0, or 1 after one ERROR line, which is also the step's reason."""
    try:
        options = GitOptions.from_dict(ctx.git)
    except ValueError as error:
        return _failed(ctx, f"The server's git settings cannot be used: {error}.")
    try:
        work(options)
    except UrlRefused as refused:
        return _failed(ctx, f"The repository URL is refused: {refused.reason}.")
    except RefRefused as refused:
        return _failed(ctx, f"Cannot check out: {refused.reason}.")
    except ScmError as error:
        return _failed(ctx, str(error))
    return 0


def _failed(ctx: Context, sentence: str) -> int:
    ctx.log("ERROR", sentence)
    ctx.explain(sentence)
    return 1


class Checkout:
    """Brings repositories into the agent's mirrors and from there into the workspace of one attempt."""

    def __init__(self, ctx: Context, options: GitOptions) -> None:
        self._ctx = ctx
        self._options = options
        self._mirrors = Mirrors(Path(ctx.mirrors_root))
        self._bound: set[str] = set()
        self._submodules = 0

    def source(self, source: Source) -> None:
        """Check a source out and tell the server of it. Raises `UrlRefused`, `RefRefused`, `ScmError`."""
        target = inside_workspace(source.path)
        url = check(source.url, self._options.policy)
        wanted = wanted_by(source)
        mirror = self._mirrors.of(url, self._scope(url))
        with connect(url, self._options, self._start, below=self._mirrors.private) as connection:
            fetch = Fetch(mirror, connection, self._ctx.attempt_name, self._ctx.log)
            if not wanted.name:
                wanted = fetch.default_branch()
            # A branch or tag at a commit that was found before: meanwhile it may have moved on.
            pinned = Wanted("commitId", check_commit(source.commit)) if source.commit else wanted
            commit = fetch.obtain(pinned)
            self._announce(url, wanted, commit, mirror)
            branch = wanted.name if wanted.kind == "branch" else ""
            self._place(fetch, mirror, url, commit, target, branch=branch)
        if source.submodules:
            self._descend(url, mirror, commit, target, 1)
        if source.lfs:
            self._pull_lfs(url, mirror, commit, target)

    def fetched(self, url: GitUrl, wanted: Wanted) -> tuple[Mirror, str]:
        """Bring a repository into its mirror alone and tell the server of it; returns the mirror and the commit.

        Raises like `source`.
        """
        mirror = self._mirrors.of(url, self._scope(url))
        with connect(url, self._options, self._start, below=self._mirrors.private) as connection:
            fetch = Fetch(mirror, connection, self._ctx.attempt_name, self._ctx.log)
            wanted = wanted if wanted.name else fetch.default_branch()
            commit = fetch.obtain(wanted)
            self._announce(url, wanted, commit, mirror)
        return mirror, commit

    def placed(self, url: GitUrl, wanted: Wanted, target: str, *, lfs: bool) -> None:
        """Check a repository out and tell nobody; ``target`` is a path as seen inside. Raises like `source`."""
        mirror = self._mirrors.of(url, self._scope(url))
        with connect(url, self._options, self._start, below=self._mirrors.private) as connection:
            fetch = Fetch(mirror, connection, self._ctx.attempt_name, self._ctx.log)
            commit = fetch.obtain(wanted)
            self._ctx.log("INFO", f"Checking out {url.text} at {commit}.")
            branch = wanted.name if wanted.kind == "branch" else ""
            self._place(fetch, mirror, url, commit, target, branch=branch)
        if lfs:
            self._pull_lfs(url, mirror, commit, target)

    def _start(self, argv: Sequence[str], env: Mapping[str, str], cwd: str) -> int:
        return self._ctx.run_trusted(argv, env=env, cwd=cwd)

    def _scope(self, url: GitUrl) -> str:
        credential = choose(self._options.credentials, url)
        return credential.scope if credential else ""

    def _announce(self, url: GitUrl, wanted: Wanted, commit: str, mirror: Mirror) -> None:
        ctx = self._ctx
        facts = commit_facts(mirror, commit)
        ctx.set_env("COMMIT_ID", commit)
        ctx.set_env("COMMIT_ID_SHORTER", commit[:SHORT_COMMIT])
        if wanted.kind == "tag":
            ctx.set_env("GIT_TAG", wanted.name)
        ctx.emit_source(
            url=url.text,
            branch=wanted.name if wanted.kind == "branch" else "",
            tag=wanted.name if wanted.kind == "tag" else "",
            commit=commit,
            message=facts.message,
            author=facts.author,
            committed_at=facts.committed_at,
        )
        ctx.log("INFO", f"Checking out {wanted.shown} at {commit}: {facts.subject} ({facts.author}).")

    def _place(
        self,
        fetch: Fetch,
        mirror: Mirror,
        url: GitUrl,
        commit: str,
        target: str,
        *,
        branch: str = "",
        submodule: str = "",
        parent: str = "",
    ) -> None:
        """Fill the target from the mirror; if that fails because of the mirror, once more from a new one."""

        def fill() -> int:
            placement = Placement(
                url=url.text,
                commit=commit,
                target=target,
                objects=f"{self._bind(mirror)}/objects",
                refs=mirror.packed_refs(),
                branch=branch,
                submodule=submodule,
                parent=parent,
            )
            return check_out(self._ctx, placement)

        code = fill()
        # Before anything else is run: it would have the last word.
        said = self._said() if code else ""
        if code and fetch.repaired(commit):
            code = fill()
            said = self._said() if code else ""
        if code:
            raise ScmError(f"The checkout of {commit} failed (exit code {code}): {said}.")

    def _said(self) -> str:
        return readable(self._ctx.complaint()) or "the log says why"

    def _bind(self, mirror: Mirror) -> str:
        """Show the mirror to this and all later steps, which borrow its objects; returns its path inside."""
        inside = f"/mirror/{mirror.name}"
        if inside not in self._bound:
            self._bound.add(inside)
            self._ctx.add_bind(Bind(str(mirror.path), inside))
        return inside

    def _descend(self, url: GitUrl, mirror: Mirror, commit: str, target: str, depth: int) -> None:
        found = list_submodules(mirror, commit)
        if found and depth > MAX_DEPTH:
            raise ScmError(f"Submodules are nested deeper than {MAX_DEPTH} levels.")
        for one in found:
            self._submodules += 1
            if self._submodules > MAX_TOTAL:
                raise ScmError(f"There are more than {MAX_TOTAL} submodules.")
            self._submodule(url, one, target, depth)

    def _submodule(self, parent_url: GitUrl, one: Submodule, parent: str, depth: int) -> None:
        try:
            url = resolve_url(parent_url, one.url, self._options.policy)
        except UrlRefused as refused:
            raise ScmError(f"The URL of the submodule {one.name!r} is refused: {refused.reason}.") from None
        mirror = self._mirrors.of(url, self._scope(url))
        target = posixpath.join(parent, one.path)
        wanted = Wanted("commitId", one.commit)
        with connect(url, self._options, self._start, below=self._mirrors.private) as connection:
            fetch = Fetch(mirror, connection, self._ctx.attempt_name, self._ctx.log)
            fetch.obtain(wanted)
            self._ctx.log("INFO", f"Checking out the submodule {one.name} at {one.commit}.")
            self._place(fetch, mirror, url, one.commit, target, submodule=one.name, parent=parent)
        self._descend(url, mirror, one.commit, target, depth + 1)

    def _pull_lfs(self, url: GitUrl, mirror: Mirror, commit: str, target: str) -> None:
        uses = mirror.read("grep", "-q", "-F", "filter=lfs", commit, "--", ":(glob)**/.gitattributes")
        if uses.code:
            self._ctx.log("INFO", "The commit has no files in Git LFS.")
            return
        code = pull_lfs(self._ctx, target, url, choose(self._options.credentials, url))
        if code == NO_GIT_LFS:
            raise ScmError(
                "The commit has files in Git LFS, but git-lfs is not installed on this agent: "
                "install it or turn LFS off."
            )
        if code:
            raise ScmError(f"git lfs pull failed (exit code {code}): {self._said()}.")
