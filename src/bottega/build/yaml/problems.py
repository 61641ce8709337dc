"""Mistakes in a file, each with its place, collected so that one look at the list is enough."""

from difflib import get_close_matches
from typing import Protocol

import msgspec

from bottega.errors import SHOWN, BottegaError

MOST_SHOWN = 20
"""Problems that one error has at most."""
_MOST_LOOKED_FOR = 100


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A mistake: ``line`` and ``column`` count from 1, in characters."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class BuildFileError(BottegaError):
    """A file that cannot be used: ``problems`` has at least one, in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Placed(Protocol):
    """Whatever stands somewhere in the file."""

    line: int
    column: int


class Problems:
    """What was found so far in one file. ``add`` raises :class:`BuildFileError` when it is hopeless."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: dict[tuple[int, int], Problem] = {}

    def add(self, place: Placed, message: str, *, offset: int = 0) -> None:
        """One problem for each place: what follows from the first one helps nobody."""
        line, column = place.line, place.column + offset
        problem = Problem(file=self.file, line=line, column=column, message=message)
        self._found.setdefault((line, column), problem)
        if len(self._found) >= _MOST_LOOKED_FOR:
            self.raise_any()

    def found(self) -> list[Problem]:
        """The first ones, in the order of the file."""
        return [self._found[where] for where in sorted(self._found)[:MOST_SHOWN]]

    def raise_any(self) -> None:
        """Raise :class:`BuildFileError` when there are problems."""
        if self._found:
            raise BuildFileError(self.found())


def shown(word: str) -> str:
    """What somebody wrote, quoted and at most as long as it can be read."""
    return repr(word if len(word) <= SHOWN else f"{word[:SHOWN]}…")


def nearest(word: str, known: list[str]) -> str:
    """``; did you mean X?`` when a known word is near, else nothing."""
    if len(word) > SHOWN:
        return ""
    folded = {one.casefold(): one for one in known}
    near = get_close_matches(word.casefold(), list(folded), n=1)
    return f"; did you mean {folded[near[0]]}?" if near else ""


def one_of(words: list[str]) -> str:
    """``a, b or c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
