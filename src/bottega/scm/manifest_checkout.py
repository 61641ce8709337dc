"""The step "manifest checkout": all repositories that a manifest of the tool repo names, each at its place.

The tool itself is not run: it would take its code and its hooks from repositories. The repository of the manifest stays
in the agent's mirror.
"""

from __future__ import annotations

import posixpath

from bottega.scm.checkout import Checkout, attempted
from bottega.scm.credentials import Credential
from bottega.scm.failures import ScmError
from bottega.scm.manifests import Project, read
from bottega.scm.options import GitOptions
from bottega.scm.refs import check_branch, check_tag, is_full_commit
from bottega.scm.submodules import resolve_url
from bottega.scm.urls import UrlRefused, check
from bottega.scm.wanted import Wanted
from bottega.scm.workspace import WORKSPACE, inside_workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from bottega.scm.context import Context
    from bottega.scm.giturl import GitUrl
    from bottega.scm.mirror import Mirror

    class ManifestSource(Protocol):
        """The inputs of the step, as the user gave them."""

        @property
        def url(self) -> str: ...
        @property
        def branch(self) -> str: ...
        @property
        def file(self) -> str: ...
        @property
        def path(self) -> str: ...
        @property
        def lfs(self) -> bool: ...
        @property
        def username(self) -> str: ...
        @property
        def password(self) -> str: ...


MAX_BYTES = 1024 * 1024
_TAGS = "refs/tags/"

# As the build's user, for whom links in the workspace lead nowhere that user may not write. Three lines for each file.
_PLACE = """set -eu
while IFS= read -r kind && IFS= read -r from && IFS= read -r to; do
    mkdir -p -- "$(dirname -- "$to")"
    rm -f -- "$to"
    case $kind in
        copy) cp -- "$from" "$to" ;;
        link) ln -s -- "$from" "$to" ;;
    esac
done
"""


def prepare(ctx: Context, source: ManifestSource) -> int:
    """Check out all projects; returns 0, or 1 after one ERROR line that says why not, which is also the step's reason.

    The server is told of the manifest's own commit. As for a checkout, mirrors stay pinned for the attempt.
    """
    return attempted(ctx, lambda options: _check_out(ctx, options, source))


def _check_out(ctx: Context, options: GitOptions, source: ManifestSource) -> None:
    top = inside_workspace(source.path)
    url = check(source.url, options.policy)
    checkout = Checkout(ctx, _with_password(options, url, source))
    wanted = Wanted("branch", check_branch(source.branch) if source.branch else "")
    mirror, commit = checkout.fetched(url, wanted)
    projects = read(source.file, lambda file: _text(mirror, commit, file))
    ctx.log("INFO", f"The manifest {source.file} names {len(projects)} projects.")
    for project in projects:
        target = inside_workspace(posixpath.join(source.path, project.path))
        checkout.placed(_url(url, project, options), _wanted(project), target, lfs=source.lfs)
    _place_files(ctx, top, projects)


def _with_password(options: GitOptions, url: GitUrl, source: ManifestSource) -> GitOptions:
    if not source.username or not source.password:
        return options
    try:
        given = Credential(url.authority, username=source.username, secret=source.password)
    except ValueError as error:
        raise ScmError(f"The user name or password cannot be used: {error}.") from None
    return GitOptions(
        options.policy,
        (given, *options.credentials),
        options.fetch_seconds,
        options.max_bytes,
        options.ca_file,
    )


def _text(mirror: Mirror, commit: str, file: str) -> str:
    name = f"{commit}:{file}"
    size = mirror.read("cat-file", "-s", name)
    if size.code:
        raise ScmError(f"The commit {commit[:8]} of the manifest's repository has no file {file!r}.")
    if int(size.output) > MAX_BYTES:
        raise ScmError(f"The manifest {file!r} has more than {MAX_BYTES} bytes.")
    return mirror.read("cat-file", "blob", name).output


def _url(manifest: GitUrl, project: Project, options: GitOptions) -> GitUrl:
    below = f"{project.fetch.rstrip('/')}/{project.name}"
    first = project.fetch.split("/", 1)[0]
    # Relative to the folder that the manifest's repository lies in.
    relative = first in (".", "..")
    try:
        return resolve_url(manifest, f"../{below}" if relative else below, options.policy)
    except UrlRefused as refused:
        raise ScmError(f"The URL of the project {project.name!r} is refused: {refused.reason}.") from None


def _wanted(project: Project) -> Wanted:
    revision = project.revision
    if is_full_commit(revision):
        return Wanted("commitId", revision)
    if revision.startswith(_TAGS):
        return Wanted("tag", check_tag(revision))
    return Wanted("branch", check_branch(revision))


def _place_files(ctx: Context, top: str, projects: list[Project]) -> None:
    lines: list[str] = []
    for project in projects:
        folder = posixpath.join(top, project.path)
        for placed in project.placed:
            source = _below(folder, placed.source, project)
            destination = _below(top, placed.destination, project)
            if destination == top:
                raise ScmError(f"The project {project.name!r} puts a file in place of the whole tree.")
            if placed.kind == "link":
                source = posixpath.relpath(source, posixpath.dirname(destination))
            lines += [placed.kind, posixpath.relpath(source, WORKSPACE) if placed.kind == "copy" else source]
            lines.append(posixpath.relpath(destination, WORKSPACE))
    if not lines:
        return
    text = "".join(f"{line}\n" for line in lines)
    if ctx.run(["/bin/sh", "-c", _PLACE], cwd=WORKSPACE, network=False, stdin=text.encode()):
        raise ScmError("The files that the manifest copies or links cannot be put in place.")


def _below(folder: str, path: str, project: Project) -> str:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith("/") or ".." in parts or not path.isprintable():
        raise ScmError(
            f"The project {project.name!r} copies or links {path[:200]!r}, which is not below its folder."
        )
    return posixpath.join(folder, *parts)
