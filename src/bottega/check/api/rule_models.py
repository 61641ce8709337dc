"""Rules in lists and in rule sets, named as in the contract of v2."""

import msgspec

from bottega.check.api.rule_texts import from_code, from_markdown
from bottega.check.catalogue.catalogue import Catalogue
from bottega.check.catalogue.listing import Row
from bottega.check.catalogue.rules import number_of
from bottega.check.engines.base import MODIFIED, THRESHOLD
from bottega.check.rulesets.changes import options_of
from bottega.check.rulesets.effective import SetRule

_CHINESE = {THRESHOLD: "新增阈值", MODIFIED: "修改阈值"}


class RuleListItem(msgspec.Struct, kw_only=True):
    """``rule_set`` is the analyser. Examples, advice and description are HTML."""

    rule_set: str
    rule_id: str
    rule_language: str
    rule_name: str
    rule_severity: str
    rule_tages: str
    right_example: str
    error_example: str
    revise_opinion: str
    rule_desc: str


class ListRulesResponse(msgspec.Struct, kw_only=True):
    info: list[RuleListItem]
    total: int


class RuleConfig(msgspec.Struct, kw_only=True):
    """An option of a rule in a rule set. ``id`` and ``rule_id`` are numbers made of our ids."""

    id: int
    rule_id: int
    default_value: str
    option_value: str
    option_key: str
    option_name: str
    template_id: str
    description: str


class RuleItem(msgspec.Struct, kw_only=True):
    """A rule in a rule set. ``available`` is ours: false for one whose analyser is missing or does not have it."""

    rule_id: str
    rule_language: str
    rule_name: str
    rule_severity: str
    rule_tages: str
    checked: str
    rule_config_list: list[RuleConfig]
    available: bool


class ListTemplateRulesResponse(msgspec.Struct, kw_only=True):
    info: list[RuleItem]
    total: int


def list_item(catalogue: Catalogue, row: Row) -> RuleListItem:
    """A row of the list of all rules."""
    facts = row.rule.facts
    return RuleListItem(
        rule_set=catalogue.engines[row.rule.engine].title,
        rule_id=row.rule.id,
        rule_language=row.language,
        rule_name=facts.name,
        rule_severity=str(int(facts.severity)),
        rule_tages=",".join(facts.tags),
        right_example=from_code(facts.right_example),
        error_example=from_code(facts.wrong_example),
        revise_opinion=from_markdown(facts.advice),
        rule_desc=from_markdown(facts.description),
    )


def set_item(one: SetRule, set_id: str, english: bool) -> RuleItem:
    """A row of the list of a set's rules."""
    return RuleItem(
        rule_id=one.id,
        rule_language=one.language,
        rule_name=one.name,
        rule_severity=str(one.severity),
        rule_tages=",".join(one.tags),
        checked="1" if one.on else "0",
        rule_config_list=configs(one, set_id, english),
        available=one.available,
    )


def configs(one: SetRule, set_id: str, english: bool) -> list[RuleConfig]:
    """The options of a rule in a set."""
    if one.rule is None:
        return []
    return [
        RuleConfig(
            id=number_of(f"{one.id} {option.key}"),
            rule_id=number_of(one.id),
            default_value=option.default,
            option_value=one.options.get(option.key, option.default),
            option_key=option.key,
            option_name=option.name if english else _CHINESE.get(option.key, option.name),
            template_id=set_id,
            description=from_markdown(option.description),
        )
        for option in options_of(one.rule)
    ]
