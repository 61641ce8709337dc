"""What a checkout asks for: one branch, tag or commit."""

from __future__ import annotations

from bottega.scm.refs import RefRefused, check_branch, check_commit, check_tag
from bottega.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Source(Protocol):
        """The inputs of a checkout, as the user gave them.

        ``build_type`` is "branch", "tag", "commitId" or empty: then a commit beats a tag and a tag beats a branch.
        ``path`` is a folder below the workspace. ``depth`` changes nothing, see `bottega.scm.checkout`.
        """

        @property
        def url(self) -> str: ...
        @property
        def branch(self) -> str: ...
        @property
        def tag(self) -> str: ...
        @property
        def commit(self) -> str: ...
        @property
        def build_type(self) -> str: ...
        @property
        def depth(self) -> int: ...
        @property
        def submodules(self) -> bool: ...
        @property
        def lfs(self) -> bool: ...
        @property
        def path(self) -> str: ...


class Wanted(Value):
    """A checked name. ``kind`` is "branch", "tag" or "commitId"; an empty branch means the remote's default one."""

    __slots__ = ("kind", "name")
    kind: str
    name: str

    def __init__(self, kind: str, name: str) -> None:
        self._fill(kind=kind, name=name)

    @property
    def ref(self) -> str:
        """The full ref name of a branch or tag: a short one could mean either."""
        return f"refs/{'heads' if self.kind == 'branch' else 'tags'}/{self.name}"

    @property
    def shown(self) -> str:
        """For people."""
        return f"{'commit' if self.kind == 'commitId' else self.kind} {self.name}"


def wanted_by(source: Source) -> Wanted:
    """What decides among a source's branch, tag and commit; raises `RefRefused`."""
    kind = source.build_type or ("commitId" if source.commit else "tag" if source.tag else "branch")
    if kind == "commitId":
        return Wanted(kind, check_commit(source.commit))
    if kind == "tag":
        return Wanted(kind, check_tag(source.tag))
    if kind == "branch":
        return Wanted(kind, check_branch(source.branch) if source.branch else "")
    raise RefRefused(f"the build type {kind[:80]!r} is none of branch, tag, commitId")
