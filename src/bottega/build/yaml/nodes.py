"""A YAML document as its author wrote it: texts with their places, and no opinion on what they mean.

YAML 1.1 turns ``on``, ``yes``, ``1_000`` and ``12:30`` into values that nobody meant. Here every scalar stays a
text, and whoever wants a number or a truth asks for it.
"""

import msgspec


class Node(msgspec.Struct):
    """``line`` and ``column`` count from 1, in characters."""

    line: int
    column: int


class Scalar(Node):
    """``plain`` is a scalar without quotes, which alone can mean nothing at all (``~``, ``null``, or no text).

    ``exact``: its characters stand in the file one by one as in ``text``, so that offsets are columns.
    """

    text: str
    plain: bool
    exact: bool = True

    @property
    def is_null(self) -> bool:
        return self.plain and self.text in {"", "~", "null", "Null", "NULL"}


class Items(Node):
    """A list."""

    items: list[Node]


class Mapping(Node):
    """``entries`` by key, in the order of the file; ``keys`` are the places of the keys."""

    entries: dict[str, Node]
    keys: dict[str, Scalar]


class Broken(Node):
    """Something that was refused already: nothing more is said about it."""


def is_null(node: Node | None) -> bool:
    """Whether nothing is written there."""
    return node is None or (isinstance(node, Scalar) and node.is_null)
