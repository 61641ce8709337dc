"""Which rules of several engines find the same defect."""

import tomllib
from functools import cache
from importlib.resources import files

SAME = "{}"
"""Stands in a row for a text that is the same in all of it."""


@cache
def rows() -> tuple[tuple[str, ...], ...]:
    """The table, as it is written down."""
    table = tomllib.loads(files("bottega.check").joinpath("equivalent.toml").read_text("utf-8"))
    return tuple(tuple(row) for row in table["rows"])


@cache
def places_of(rule: str) -> tuple[tuple[str, int], ...]:
    """The rows a rule stands in, with its place there: a smaller one goes first."""
    found: list[tuple[str, int]] = []
    for number, row in enumerate(rows()):
        for place, pattern in enumerate(row):
            if rule == pattern or (pattern.endswith("*") and rule.startswith(pattern[:-1])):
                found.append((str(number), place))
                break
            if pattern.endswith(SAME) and rule.startswith(pattern[: -len(SAME)]):
                found.append((f"{number} {rule.removeprefix(pattern[: -len(SAME)])}", place))
                break
    return tuple(found)
