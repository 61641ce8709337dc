"""The groups of one project as a tree."""

from collections.abc import Iterable, Sequence

import msgspec

from bottega.build.groups.tables import BuildGroup


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A group, the ids from its outermost ancestor down to itself joined by dots, and what is directly in it."""

    group: BuildGroup
    path: str
    children: list["Node"]


class Tree:
    """Groups of one parent are in the order of their ordinals. The groups must not contain each other in a circle."""

    def __init__(self, groups: Iterable[BuildGroup]) -> None:
        self._groups = {group.id: group for group in groups}
        self._children: dict[str, list[BuildGroup]] = {}
        for group in sorted(self._groups.values(), key=lambda one: (one.ordinal, one.id)):
            self._children.setdefault(group.parent_id, []).append(group)

    def __len__(self) -> int:
        return len(self._groups)

    def get(self, group_id: str) -> BuildGroup | None:
        """The group of that id."""
        return self._groups.get(group_id)

    def children(self, parent_id: str) -> Sequence[BuildGroup]:
        """The groups directly in a group, or at the top for an empty id."""
        return self._children.get(parent_id, [])

    def ancestry(self, group_id: str) -> list[str]:
        """The ids from the outermost ancestor down to the group itself; empty for an empty id."""
        found: list[str] = []
        while group_id:
            found.append(group_id)
            group_id = self._groups[group_id].parent_id
        return found[::-1]

    def path(self, group_id: str) -> str:
        """``path_id`` of the wire: the same ids joined by dots."""
        return ".".join(self.ancestry(group_id))

    def height(self, group_id: str) -> int:
        """How many levels the group and what is in it have: 1 when nothing is."""
        return 1 + max((self.height(child.id) for child in self.children(group_id)), default=0)

    def nodes(self, parent_id: str = "", above: str = "") -> list[Node]:
        """Everything in a group, or the whole tree."""
        found: list[Node] = []
        for group in self.children(parent_id):
            path = f"{above}.{group.id}" if above else group.id
            found.append(Node(group=group, path=path, children=self.nodes(group.id, path)))
        return found
