"""Which rules a scan uses when nobody chose any: those of a level, of every engine that is on by default."""

from collections.abc import Iterable, Mapping

from bottega.check.engines.base import Engine, EngineFailed, EngineMissing, RuleFacts, rule_id
from bottega.check.languages import ANY
from bottega.check.scanning.plan import EngineChoice, RuleChoice


def choose(
    facts: Mapping[str, Iterable[RuleFacts]], languages: Iterable[str], level: int
) -> list[EngineChoice]:
    """Choices of all rules up to ``level`` for these languages, from rules by engine."""
    wanted = {*languages, ANY}
    choices: dict[tuple[str, str], EngineChoice] = {}
    for engine, rules in facts.items():
        for rule in rules:
            if rule.level > level:
                continue
            choice = RuleChoice(
                severity=int(rule.severity),
                options={option.key: option.default for option in rule.options},
                code=rule.code,
            )
            for language in rule.languages:
                if language in wanted:
                    made = choices.setdefault(
                        (engine, language), EngineChoice(engine=engine, language=language, rules={})
                    )
                    made.rules[rule_id(engine, rule.code)] = choice
    return list(choices.values())


def facts_of(engines: Iterable[Engine]) -> tuple[dict[str, list[RuleFacts]], dict[str, str]]:
    """The rules of the engines that are here, and why the others are not."""
    facts: dict[str, list[RuleFacts]] = {}
    missing: dict[str, str] = {}
    for engine in engines:
        try:
            facts[engine.name] = engine.rules(engine.locate())
        except (EngineMissing, EngineFailed) as error:
            missing[engine.name] = str(error)
    return facts, missing
