"""What things have in common, with how many have it: of rules and of issues."""

from collections.abc import Mapping

import msgspec


class FacetValue(msgspec.Struct, kw_only=True):
    val: str
    count: str


class Facet(msgspec.Struct, kw_only=True):
    property: str
    values: list[FacetValue]


def values_of(counts: Mapping[str, int]) -> list[FacetValue]:
    """What there is at all, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [FacetValue(val=value, count=str(count)) for value, count in ordered if count]
