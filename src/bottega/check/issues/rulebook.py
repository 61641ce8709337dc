"""What is known of the rules that issues name."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from bottega.check.engines.base import RuleFacts


class KnownRule(Protocol):
    """A rule of the catalogue."""

    @property
    def facts(self) -> RuleFacts: ...


def _no_rules() -> Mapping[str, KnownRule]:
    return {}


class RuleBook:
    """Names, tags and weaknesses of rules, by unified id. Rules that the catalogue has lost go by their ids."""

    def __init__(self, rules: Callable[[], Mapping[str, KnownRule]] = _no_rules) -> None:
        """``rules`` gives the catalogue; it may take seconds the first time, and is never asked in a transaction."""
        self._rules = rules

    def all(self) -> Mapping[str, KnownRule]:
        """The rules of the catalogue."""
        return self._rules()

    def facts(self, rule: str) -> RuleFacts | None:
        """What its engine says of a rule."""
        known = self._rules().get(rule)
        return None if known is None else known.facts

    def name(self, rule: str) -> str:
        """How people call it."""
        facts = self.facts(rule)
        return facts.name if facts else rule.partition(":")[2] or rule

    def tags(self, rule: str) -> tuple[str, ...]:
        """Its tags, those for weaknesses included: ``cwe-89``."""
        facts = self.facts(rule)
        return () if facts is None else (*facts.tags, *(f"cwe-{number}" for number in facts.cwe))

    def cwes(self, rule: str) -> tuple[int, ...]:
        """Numbers of the weaknesses it finds."""
        facts = self.facts(rule)
        return () if facts is None else facts.cwe

    def with_tags(self, tags: Iterable[str]) -> tuple[str, ...]:
        """The rules that have one of the tags."""
        wanted = {tag.casefold() for tag in tags}
        return tuple(
            rule for rule in self._rules() if not wanted.isdisjoint(tag.casefold() for tag in self.tags(rule))
        )

    def with_cwes(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """The rules that find one of the weaknesses."""
        wanted = set(numbers)
        return tuple(rule for rule in self._rules() if not wanted.isdisjoint(self.cwes(rule)))
