"""One tool of a host."""

from __future__ import annotations

from bottega.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Tool(Value):
    """``home`` is where a step finds it, seen from inside the sandbox: the programs are there or in ``bin`` below."""

    __slots__ = ("home", "name", "version")
    name: str
    version: str
    home: str

    def __init__(self, name: str, version: str, home: str) -> None:
        self._fill(name=name, version=version, home=home)

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Tool:
        """The inverse of ``to_dict``. Raises KeyError."""
        return cls(str(data["name"]), str(data["version"]), str(data["home"]))
