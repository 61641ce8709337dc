"""What an action says about its inputs, for people, for editors, and for checking build.yml as it is written."""

from __future__ import annotations

from bottega.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Kind = Literal["text", "flag", "whole", "list", "mapping"]


class Field(Value):
    """One input as build.yml has it. ``title`` explains it in a few words.

    A ``list`` is one of texts. A ``mapping`` has the fields ``below``, or any texts when there are none. Inputs that no
    field names are passed on with a warning, so that spellings of graphical steps can stay out.
    """

    __slots__ = ("below", "kind", "name", "required", "title")

    name: str
    kind: Kind
    title: str
    required: bool
    below: tuple[Field, ...]

    def __init__(
        self, name: str, kind: Kind, title: str, *, required: bool = False, below: tuple[Field, ...] = ()
    ) -> None:
        self._fill(name=name, kind=kind, title=title, required=required, below=below)


COMMAND = Field("command", "text", "script of one or more lines", required=True)
"""For all actions that run a script."""
