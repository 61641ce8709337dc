"""From the rule sets a task names to what every engine is to look for."""

from collections.abc import Collection, Iterable

from sqlalchemy.orm import Session

from bottega.check.catalogue.catalogue import Catalogue
from bottega.check.languages import ANY, find
from bottega.check.rulesets import reading
from bottega.check.rulesets.effective import SetRule, effective, missing_engines
from bottega.check.rulesets.system import SystemSet
from bottega.check.rulesets.used import ids_of_sets
from bottega.check.scanning.plan import EngineChoice, RuleChoice
from bottega.check.tasks.settings import TaskSettings
from bottega.check.tasks.tables import CheckTask
from bottega.errors import Invalid

Key = tuple[str, str]
"""Engine and language."""


def choices(
    session: Session, catalogue: Catalogue, task: CheckTask, settings: TaskSettings
) -> list[EngineChoice]:
    """The rules that are on for a task, by engine and language; ``settings`` are those of its family.

    Rules for any text are one choice for the language ``ALL``: what one of the task's sets switches on is on, as
    gravely as any of them says. Engines that are missing here are chosen as well, with what is known of their rules,
    be it nothing: the scan, which may run on another machine, then looks with them or says that it did not. What the
    task switches off for a rule set, and rules that engines no longer have, are left out. Raises :class:`Invalid`,
    :class:`UnknownRuleSet`.
    """
    found: dict[Key, EngineChoice] = {}
    for choice in settings.rule_sets:
        if choice.on and find(choice.language) is None:
            raise Invalid("language", f"{choice.language!r} is no language that can be checked")
    for language, set_id in ids_of_sets(session, task, settings):
        chosen = reading.find(session, task.tenant_id, set_id, "rule_set_id")
        level, layers = (
            (chosen.level, []) if isinstance(chosen, SystemSet) else reading.layers(session, chosen)
        )
        off = {
            one.engine
            for one in settings.engines
            if not one.on and (one.rule_set_id, one.language) == (set_id, language)
        }
        if level:
            _choose_missing(found, catalogue, language, off)
        _choose(found, catalogue, effective(catalogue, language, level, layers).values(), off)
    return [found[key] for key in sorted(found)]


def _choose(
    found: dict[Key, EngineChoice], catalogue: Catalogue, rules: Iterable[SetRule], off: Collection[str]
) -> None:
    for one in rules:
        if not one.on or one.engine in off or not (one.available or one.engine in catalogue.missing):
            continue
        for_any = one.rule is not None and one.rule.is_for_any
        choice = _at(found, one.engine, ANY if for_any else one.language)
        before = choice.rules.get(one.id)
        if before is None:
            choice.rules[one.id] = RuleChoice(severity=one.severity, options=dict(one.options))
        elif one.severity < before.severity:
            choice.rules[one.id] = RuleChoice(severity=one.severity, options=before.options)


def _choose_missing(
    found: dict[Key, EngineChoice], catalogue: Catalogue, language: str, off: Collection[str]
) -> None:
    for name in missing_engines(catalogue, language):
        if name not in off:
            _at(found, name, language if catalogue.engines[name].languages else ANY)


def _at(found: dict[Key, EngineChoice], engine: str, language: str) -> EngineChoice:
    key = engine, language
    if key not in found:
        found[key] = EngineChoice(engine=engine, language=language, rules={})
    return found[key]
