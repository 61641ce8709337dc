"""Choosing among the rules of a catalogue, and counting them by what they have in common."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

import msgspec

from bottega.check.catalogue.catalogue import Catalogue
from bottega.check.catalogue.rules import Rule
from bottega.check.languages import ANY


class RuleFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which rules; what is empty does not restrict. ``languages`` are names, ``ALL`` is that of rules for any text.

    ``search`` is part of a rule's id, name or tags.
    """

    languages: Collection[str] = ()
    severities: Collection[int] = ()
    engines: Collection[str] = ()
    tags: Collection[str] = ()
    search: str = ""


class Row(msgspec.Struct, frozen=True):
    """A rule as one language has it."""

    rule: Rule
    language: str


def rows(catalogue: Catalogue, where: RuleFilter) -> list[Row]:
    """The rules by id, once for every language they are for; for any text only where a language is asked for."""
    return [
        Row(rule, language)
        for rule in catalogue.rules.values()
        if fits(rule, int(rule.facts.severity), where)
        for language in _languages(rule, where.languages)
    ]


def fits(rule: Rule, severity: int, where: RuleFilter) -> bool:
    """Whether the rule is asked for, whatever its language; ``severity`` is the one that a rule set gives it."""
    facts = rule.facts
    word = where.search.casefold()
    return (
        (not where.severities or severity in where.severities)
        and (not where.engines or rule.engine in where.engines)
        and (not where.tags or not {tag.casefold() for tag in facts.tags}.isdisjoint(where.tags))
        and (not word or any(word in text.casefold() for text in (rule.id, facts.name, *facts.tags)))
    )


def count(rules: Iterable[tuple[Rule, str, int]]) -> dict[str, Counter[str]]:
    """How many of these rules, each with its language and severity, have what in common, by property."""
    found: dict[str, Counter[str]] = {
        "languages": Counter(),
        "severitys": Counter(),
        "system_tag": Counter(),
        "tags": Counter(),
        "cwes": Counter(),
    }
    for rule, language, severity in rules:
        found["languages"][language] += 1
        found["severitys"][str(severity)] += 1
        found["system_tag"][rule.engine] += 1
        found["tags"].update(rule.facts.tags)
        found["cwes"].update(f"CWE-{number}" for number in rule.facts.cwe)
    return found


def _languages(rule: Rule, asked: Collection[str]) -> Sequence[str]:
    if not asked:
        return rule.facts.languages
    return [name for name in asked if name in rule.facts.languages or (rule.is_for_any and name != ANY)]
