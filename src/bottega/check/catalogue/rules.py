"""A rule as all of Bottega knows it: what its engine says of it, under an id no other engine's rule has."""

import hashlib

import msgspec

from bottega.check.engines.base import RuleFacts
from bottega.check.languages import ANY

_NUMBER_BITS = 31


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """``id`` is the unified one (:func:`bottega.check.engines.base.rule_id`)."""

    id: str
    engine: str
    facts: RuleFacts

    def speaks(self, language: str) -> bool:
        """Whether it can be on in rule sets of the language: those for any text can in all."""
        return language in self.facts.languages or ANY in self.facts.languages

    @property
    def is_for_any(self) -> bool:
        """Whether it looks at text of every kind."""
        return ANY in self.facts.languages


def number_of(text: str) -> int:
    """A positive number that always stands for the same text: some fields of the API are numbers, our ids are not."""
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:4]) & ((1 << _NUMBER_BITS) - 1)
