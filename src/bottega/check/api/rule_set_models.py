"""Rule sets, named as in the contract of v2, and what is asked of them."""

from typing import Annotated

import msgspec

from bottega.check.api.task_arguments import moment
from bottega.check.identifiers import HEX32_PATTERN, NAME_PATTERN
from bottega.check.rulesets import changes
from bottega.check.rulesets.changes import Changes, RuleChange
from bottega.check.rulesets.listing import SetPage
from bottega.check.rulesets.service import NewRuleSet
from bottega.check.rulesets.views import SetView
from bottega.documented import documented
from bottega.errors import Invalid

SEVERITY = "severity"


class GivenRuleConfig(msgspec.Struct, kw_only=True):
    """An option as a client sets it; all other fields of it follow from the rule."""

    option_key: str | None = None
    option_value: str | None = None


class CustomAttributesRule(msgspec.Struct, kw_only=True):
    rule_id: str | None = None
    value: str | None = None
    rule_config_list: list[GivenRuleConfig] | None = None


class CustomAttributes(msgspec.Struct, kw_only=True):
    attribute: Annotated[str | None, documented(enum=[None, "", SEVERITY])] = None
    rules: list[CustomAttributesRule] | None = None


class Ruleset(msgspec.Struct, kw_only=True):
    """``rule_ids`` and ``uncheck_ids`` are lists with commas: what is switched on and off beside the base."""

    project_id: Annotated[str, documented(pattern=HEX32_PATTERN)]
    template_name: Annotated[str, documented(pattern=NAME_PATTERN)]
    language: str
    is_default: Annotated[str, documented(enum=["0", "1"])]
    rule_ids: str | None = None
    uncheck_ids: str | None = None
    template_id: Annotated[str | None, documented(pattern=f"^$|{HEX32_PATTERN}")] = None
    custom_attributes: list[CustomAttributes] | None = None

    def wanted(self) -> NewRuleSet:
        """The new set. Raises :class:`Invalid`."""
        base = self.template_id or ""
        if self.is_default not in {"0", "1"}:
            raise Invalid("is_default", "must be 1 for a set that is based on another one, else 0")
        if (self.is_default == "1") != bool(base):
            raise Invalid("template_id", f"does not go with is_default {self.is_default}")
        wanted: Changes = {}
        for ids, on in ((self.rule_ids, True), (self.uncheck_ids, False)):
            for id_ in (part.strip() for part in (ids or "").split(",")):
                if id_ and wanted.setdefault(id_, RuleChange(on=on)).on is not on:
                    raise Invalid("uncheck_ids", f"rule {id_[:80]} is also in rule_ids")
        for attributes in self.custom_attributes or []:
            _add(wanted, attributes)
        return NewRuleSet(name=self.template_name, language=self.language, base_id=base, changes=wanted)


class CreateRulesetResponse(msgspec.Struct, kw_only=True):
    template_id: str


class RulesetItem(msgspec.Struct, kw_only=True):
    """What is a yes or no is text, ``1`` or ``0``. ``is_default_template`` is 1 for the system's own."""

    template_id: str
    language: str
    template_name: str
    creator_id: str
    creator_name: str
    template_create_time: str | None
    is_used: str
    rule_ids: str
    is_default: str
    is_devcloud_project_default: str
    is_default_template: str


class LanguageWithoutRules(msgspec.Struct, kw_only=True):
    language: str
    reason: str


class ListRulesetsResponse(msgspec.Struct, kw_only=True):
    """``unavailable`` is ours: languages that have no rule set here, and why."""

    info: list[RulesetItem]
    total: int
    unavailable: list[LanguageWithoutRules]


def listed(page: SetPage, english: bool) -> ListRulesetsResponse:
    """A page of rule sets."""
    return ListRulesetsResponse(
        info=[_item(one, english) for one in page.sets], total=page.total, unavailable=unavailable(page)
    )


def unavailable(page: SetPage) -> list[LanguageWithoutRules]:
    """The languages without rule sets."""
    return [
        LanguageWithoutRules(language=language, reason=reason)
        for language, reason in page.without_rules.items()
    ]


def _item(one: SetView, english: bool) -> RulesetItem:
    return RulesetItem(
        template_id=one.id,
        language=one.language,
        template_name=one.english if english else one.chinese,
        creator_id=one.creator_id,
        creator_name=one.creator_name,
        template_create_time=moment(one.created_at),
        is_used=_flag(one.used),
        rule_ids=",".join(one.on),
        is_default=_flag(one.default),
        is_devcloud_project_default=_flag(one.project_default),
        is_default_template=_flag(one.system),
    )


def _flag(value: bool) -> str:
    return "1" if value else "0"


def _add(wanted: Changes, attributes: CustomAttributes) -> None:
    if (attributes.attribute or SEVERITY) != SEVERITY:
        raise Invalid("custom_attributes", f"attribute must be {SEVERITY}")
    for rule in attributes.rules or []:
        if not rule.rule_id:
            raise Invalid("custom_attributes", "a rule without rule_id")
        change = wanted.setdefault(rule.rule_id, RuleChange())
        if rule.value:
            change.severity = changes.severity(rule.value, "custom_attributes")
        for config in rule.rule_config_list or []:
            if config.option_key and config.option_value is not None:
                change.options[config.option_key] = config.option_value
