"""The submodules of a commit: which there are and which repositories their URLs mean."""

from __future__ import annotations

import posixpath
import re

from bottega.scm.failures import ScmError
from bottega.scm.giturl import GitUrl, UrlRefused
from bottega.scm.urls import UrlPolicy, check
from bottega.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bottega.scm.mirror import Mirror

MAX_DEPTH = 5
MAX_TOTAL = 200

_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,255}")
_GITLINK = "160000"


class Submodule(Value):
    """One entry of ``.gitmodules`` with the commit that the tree names for it; ``url`` as written there."""

    __slots__ = ("commit", "name", "path", "url")
    name: str
    path: str
    url: str
    commit: str

    def __init__(self, name: str, path: str, url: str, commit: str) -> None:
        self._fill(name=name, path=path, url=url, commit=commit)


def list_submodules(mirror: Mirror, commit: str) -> list[Submodule]:
    """The submodules of a commit, in the order of their paths; raises `ScmError` for an entry that is unsafe.

    Entries without a commit in the tree are left out, as git does.
    """
    if mirror.read("cat-file", "-e", f"{commit}:.gitmodules").code:
        return []
    # A blob is read as plain settings: git follows no include from it.
    entries = mirror.read(
        "config", f"--blob={commit}:.gitmodules", "-z", "--get-regexp", r"^submodule\..*\.(path|url)$"
    )
    if entries.code > 1:
        raise ScmError(f"The file .gitmodules of commit {commit[:8]} cannot be read.")
    settings: dict[str, dict[str, str]] = {}
    for entry in filter(None, entries.output.split("\0")):
        key, _, value = entry.partition("\n")
        name, _, field = key.removeprefix("submodule.").rpartition(".")
        settings.setdefault(name, {})[field] = value
    links = _gitlinks(mirror, commit, [one["path"] for one in settings.values() if one.get("path")])
    found: list[Submodule] = []
    for name, one in settings.items():
        path = one.get("path", "").rstrip("/")
        if path in links:
            _check_entry(name, path, one.get("url", ""))
            found.append(Submodule(name, path, one["url"], links[path]))
    return sorted(found, key=lambda one: one.path)


def resolve_url(parent: GitUrl, url: str, policy: UrlPolicy) -> GitUrl:
    """The repository a submodule's URL means, relative ones against the parent's; raises `UrlRefused`.

    A repository on the network may not point to the agent's own disk, whatever the policy says of file URLs.
    """
    resolved = check(_joined(parent, url) if url.startswith(("./", "../")) else url, policy)
    if resolved.scheme == "file" and parent.scheme != "file":
        raise UrlRefused("it points from a repository on the network to a folder on the agent")
    return resolved


def _joined(parent: GitUrl, url: str) -> str:
    base = parent.path
    rest = url
    while True:
        if rest.startswith("./"):
            rest = rest[2:]
        elif rest.startswith("../"):
            rest = rest[3:]
            if not base.strip("/"):
                raise UrlRefused("it leads above the host of its parent repository")
            base = posixpath.dirname(base.rstrip("/"))
        else:
            break
    path = posixpath.join(base, rest) if base or not parent.scp else rest
    moved = GitUrl(parent.scheme, parent.user, parent.host, parent.port, path, parent.scp)
    return moved.text


def _gitlinks(mirror: Mirror, commit: str, paths: list[str]) -> dict[str, str]:
    """Path -> commit of those paths that are submodules in the tree."""
    if not paths:
        return {}
    # Named by their blob-like entries; "--literal-pathspecs" because a path may look like a pattern.
    trimmed = [path.rstrip("/") for path in paths[:MAX_TOTAL]]
    listed = mirror.read("--literal-pathspecs", "ls-tree", "-z", "--full-tree", commit, "--", *trimmed).output
    links: dict[str, str] = {}
    for entry in filter(None, listed.split("\0")):
        description, _, path = entry.partition("\t")
        mode, _, object_id = description.split(" ")
        if mode == _GITLINK:
            links[path] = object_id
    return links


def _check_entry(name: str, path: str, url: str) -> None:
    if not _NAME.fullmatch(name) or ".." in name.split("/"):
        raise ScmError(f"The submodule name {ascii(name)[:100]} is not allowed.")
    parts = path.split("/")
    if path.startswith("/") or any(part in ("", ".", "..") or part.lower() == ".git" for part in parts):
        raise ScmError(f"The path {ascii(path)[:100]} of the submodule {name!r} is not allowed.")
    if not url:
        raise ScmError(f"The submodule {name!r} has no URL.")
