"""What runs demand of agents, as they are kept in a run's row: ``flavor=8u16g jdk=17 label=ssd maven=3.9``, sorted.

Of a version only as many numbers count as matter for the tool (:data:`bottega.agent.tools.catalogue.SIGNIFICANT`).
"""

import re
from collections.abc import Iterable
from functools import cache

import msgspec

MOST = 16
LONGEST = 512
"""Characters of the column."""
LABEL = "label"
FLAVOR = "flavor"

_WORD = re.compile(r"[a-z][a-z0-9_+.-]{0,31}(=[A-Za-z0-9][A-Za-z0-9_+.-]{0,31})?")


class Demand(msgspec.Struct, frozen=True):
    """A tool with the version asked for, which may be empty; ``label`` with the label, or ``flavor`` with the size."""

    name: str
    version: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.version}".rstrip()


def written(words: Iterable[str]) -> str:
    """Words as a row keeps them. What could not be demanded is left out, and so is what exceeds the bounds."""
    kept: list[str] = []
    size = 0
    for word in sorted({word for word in words if _WORD.fullmatch(word)})[:MOST]:
        size += len(word) + 1
        if size > LONGEST:
            break
        kept.append(word)
    return " ".join(kept)


@cache
def read(text: str) -> tuple[Demand, ...]:
    """The inverse of :func:`written`."""
    return tuple(Demand(*word.split("=", 1)) for word in text.split())
