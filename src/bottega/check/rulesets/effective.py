"""From a rule set to what it means for each rule."""

from collections.abc import Iterable, Sequence

import msgspec

from bottega.check.catalogue.catalogue import Catalogue
from bottega.check.catalogue.rules import Rule
from bottega.check.rulesets.changes import Changes, RuleChange
from bottega.check.severities import Severity

ID_SEPARATOR = ":"


class SetRule(msgspec.Struct, kw_only=True):
    """One rule in one rule set. ``rule`` is None for one nobody knows any more.

    It is ``available`` if its engine is here and has it. ``options`` are the values that hold, by key; ``chosen`` are
    those among them that a set has changed.
    """

    id: str
    engine: str
    language: str
    rule: Rule | None
    available: bool
    on: bool
    severity: int
    options: dict[str, str] = {}
    chosen: dict[str, str] = {}

    @property
    def name(self) -> str:
        """What it is called."""
        return self.id if self.rule is None else self.rule.facts.name

    @property
    def tags(self) -> tuple[str, ...]:
        """Words it can be found by."""
        return () if self.rule is None else self.rule.facts.tags


def effective(
    catalogue: Catalogue, language: str, level: int, layers: Iterable[Changes] = ()
) -> dict[str, SetRule]:
    """Every rule of the language, on or off, and every other one the set speaks of, by id and in its order.

    The rules up to ``level`` are on to begin with, none for 0; ``layers`` are changes, those of the base first.
    """
    found = {
        rule.id: plain(rule, language, on=rule.facts.level <= level)
        for rule in catalogue.of_language(language)
    }
    for layer in layers:
        for id_, change in layer.items():
            known = catalogue.find(id_)
            key = id_ if known is None else known.id
            if key not in found:
                found[key] = _unavailable(catalogue, key, language)
            _apply(found[key], change)
    return dict(sorted(found.items()))


def plain(rule: Rule, language: str, *, on: bool = False, available: bool = True) -> SetRule:
    """A rule as the catalogue has it, for one language."""
    return SetRule(
        id=rule.id,
        engine=rule.engine,
        language=language,
        rule=rule,
        available=available,
        on=on,
        severity=int(rule.facts.severity),
        options={option.key: option.default for option in rule.facts.options},
    )


def switched_on(rules: Iterable[SetRule]) -> list[str]:
    """Ids of those that are on."""
    return [one.id for one in rules if one.on]


def missing_engines(catalogue: Catalogue, language: str) -> Sequence[str]:
    """The engines whose rules a system set of the language would have, if they were here."""
    return [
        engine.name
        for engine in catalogue.engines_of(language)
        if engine.default and engine.name in catalogue.missing
    ]


def _unavailable(catalogue: Catalogue, id_: str, language: str) -> SetRule:
    former = catalogue.former.get(id_)
    if former is not None:
        return plain(former, language, available=False)
    return SetRule(
        id=id_,
        engine=id_.partition(ID_SEPARATOR)[0],
        language=language,
        rule=None,
        available=False,
        on=False,
        severity=int(Severity.GENERAL),
    )


def _apply(rule: SetRule, change: RuleChange) -> None:
    if change.on is not None:
        rule.on = change.on
    if change.severity is not None:
        rule.severity = change.severity
    rule.options |= change.options
    rule.chosen |= change.options
