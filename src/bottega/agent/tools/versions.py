"""Comparing versions of tools."""

from __future__ import annotations

import re

from bottega.agent.tools.catalogue import SIGNIFICANT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from bottega.agent.tools.tool import Tool

_NUMBER = re.compile(r"[0-9]{1,9}")
_PARTS = 4


def numbers(name: str, version: str) -> tuple[int, ...]:
    """``17.0.15`` as ``(17, 0, 15)``; a JDK's ``1.8`` is ``8``."""
    found = tuple(int(part) for part in _NUMBER.findall(version)[:_PARTS])
    return found[1:] if name == "jdk" and found[:1] == (1,) and len(found) > 1 else found


def fits(name: str, wanted: str, found: str) -> bool:
    """Whether ``found`` is the version asked for, as far as it matters for this tool; without one any is."""
    asked = numbers(name, wanted)[: SIGNIFICANT.get(name, 1)]
    return numbers(name, found)[: len(asked)] == asked


def nearest(name: str, wanted: str, tools: Iterable[Tool]) -> Tool | None:
    """The best of the tools of this name: one that fits, then a newer one, then an older one; the nearest of each kind.

    Without a version that is asked for, it is the first, which is the one a command finds by itself.
    """
    named = [tool for tool in tools if tool.name == name]
    asked = numbers(name, wanted)
    if not named or not asked:
        return named[0] if named else None

    def distance(tool: Tool) -> tuple[bool, bool, tuple[int, ...]]:
        found = numbers(name, tool.version)
        older = found < asked
        order = found if not older else tuple(-part for part in found)
        return not fits(name, wanted, tool.version), older, order

    return min(named, key=distance)
