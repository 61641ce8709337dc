"""Rules and rule sets in the words of the newer operations, which call them criterions and criterion sets.

The documentation of their results is cut: the fields beyond its beginning are ours.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated

import msgspec

from bottega.check.api.facet_models import Facet, values_of
from bottega.check.api.families import TaskFrame
from bottega.check.api.rule_models import RuleConfig, configs
from bottega.check.api.rule_set_models import LanguageWithoutRules, unavailable
from bottega.check.api.rule_texts import from_code, from_markdown
from bottega.check.api.task_arguments import moment
from bottega.check.catalogue.catalogue import Catalogue
from bottega.check.identifiers import HEX32_PATTERN
from bottega.check.rulesets import changes
from bottega.check.rulesets.changes import Changes, RuleChange
from bottega.check.rulesets.effective import SetRule
from bottega.check.rulesets.listing import SetPage
from bottega.check.rulesets.views import SetView
from bottega.documented import documented
from bottega.errors import SHOWN, Invalid

ENABLE, DISABLE = "enable", "disable"
MAX_IDS = 1000


class CriterionSetBody(msgspec.Struct, kw_only=True, rename="camel"):
    """``callStatus``: a check task uses it. ``isDefault``: the project's default for the language."""

    id: str
    name: str
    comments: str
    type: str
    language: str
    creator: str
    create_time: str | None
    last_reviser: str
    last_update_time: str | None
    base_set_id: str
    num_criterion: int
    call_status: bool
    is_default: bool


class CriterionSetList(msgspec.Struct, kw_only=True, rename="camel"):
    """``unavailable`` are languages that have no rule set here, and why."""

    criterion_set_list: list[CriterionSetBody]
    total: int
    unavailable: list[LanguageWithoutRules]


class ListCriterionSetsResponse(TaskFrame, kw_only=True):
    result: CriterionSetList


class CriterionSetsResponse(TaskFrame, kw_only=True):
    result: list[CriterionSetBody]


class ShowSetInfoResponse(TaskFrame, kw_only=True):
    result: CriterionSetBody


class ListDefaultSetsResponse(TaskFrame, kw_only=True):
    """The id of the default set by language."""

    result: dict[str, str]


class BatchRequest(msgspec.Struct, kw_only=True, rename="camel"):
    """Which sets; rules are those of the engines that are here, whatever version or processor is asked for."""

    ids: Annotated[list[str], documented(maxItems=MAX_IDS)]
    tool_version: str | None = None
    arch: str | None = None


class CriterionStatusParams(msgspec.Struct, kw_only=True, rename="camel"):
    """``params`` are options by key; ``severity`` is 0 to 3."""

    id: str
    status: Annotated[str, documented(enum=[ENABLE, DISABLE])]
    severity: Annotated[str | None, documented(enum=[None, "", "0", "1", "2", "3"])] = None
    params: dict[str, str | int] | None = None


class RelationsRequest(msgspec.Struct, kw_only=True, rename="camel"):
    set_id: Annotated[str, documented(pattern=HEX32_PATTERN)]
    criterion_ids_list: list[CriterionStatusParams]

    def wanted(self) -> Changes:
        """The changes. Raises :class:`Invalid`."""
        wanted: Changes = {}
        for one in self.criterion_ids_list:
            if one.status not in {ENABLE, DISABLE}:
                raise Invalid("status", f"must be {ENABLE} or {DISABLE}")
            if one.id in wanted:
                raise Invalid("criterionIdsList", f"names rule {one.id[:SHOWN]} twice")
            wanted[one.id] = RuleChange(
                on=one.status == ENABLE,
                severity=changes.severity(one.severity, "severity") if one.severity else None,
                options={key: str(value) for key, value in (one.params or {}).items()},
            )
        return wanted


class RelationsResponse(TaskFrame, kw_only=True):
    result: bool = True


class CriterionBody(msgspec.Struct, kw_only=True, rename="camel"):
    """A rule. Texts are HTML. ``status`` says whether it is on in the set that was asked for, and is empty without one.

    ``available`` is false for one whose analyser is missing or does not have it.
    """

    id: str
    name: str
    language: str
    severity: str
    status: str
    checker_name: str
    system_tag: str
    tags: list[str]
    cwes: list[str]
    owasps: list[str]
    level: int
    fixable: bool
    available: bool
    url: str
    description: str
    right_example: str
    error_example: str
    revise_opinion: str
    params: list[RuleConfig]


class CriterionList(msgspec.Struct, kw_only=True, rename="camel"):
    criterion_list: list[CriterionBody]
    total: int


class ListCriterionResponse(TaskFrame, kw_only=True):
    result: CriterionList


class ShowCriterionRuleResponse(TaskFrame, kw_only=True):
    """One for every language the rule is for."""

    result: list[CriterionBody]


class Facets(msgspec.Struct, kw_only=True):
    total: int
    facets: list[Facet]


class ShowFilterResponse(TaskFrame, kw_only=True):
    result: Facets


def set_body(one: SetView, english: bool) -> CriterionSetBody:
    """A rule set."""
    return CriterionSetBody(
        id=one.id,
        name=one.english if english else one.chinese,
        comments=one.description,
        type="system" if one.system else "custom",
        language=one.language,
        creator=one.creator_name,
        create_time=moment(one.created_at),
        last_reviser=one.changed_by,
        last_update_time=moment(one.updated_at),
        base_set_id=one.base_id,
        num_criterion=len(one.on),
        call_status=one.used,
        is_default=one.project_default,
    )


def set_list(page: SetPage, english: bool) -> ListCriterionSetsResponse:
    """A page of rule sets."""
    bodies = [set_body(one, english) for one in page.sets]
    return ListCriterionSetsResponse(
        result=CriterionSetList(criterion_set_list=bodies, total=page.total, unavailable=unavailable(page))
    )


def criterion(
    catalogue: Catalogue, one: SetRule, *, set_id: str = "", english: bool = False
) -> CriterionBody:
    """A rule, of the set ``set_id`` if there is one."""
    facts = None if one.rule is None else one.rule.facts
    engine = catalogue.engines.get(one.engine)
    return CriterionBody(
        id=one.id,
        name=one.name,
        language=one.language,
        severity=str(one.severity),
        status=(ENABLE if one.on else DISABLE) if set_id else "",
        checker_name=one.engine if engine is None else engine.title,
        system_tag=one.engine,
        tags=list(one.tags),
        cwes=[f"CWE-{number}" for number in facts.cwe] if facts else [],
        owasps=list(facts.owasp) if facts else [],
        level=facts.level if facts else 0,
        fixable=facts is not None and facts.fixable,
        available=one.available,
        url=facts.url if facts else "",
        description=from_markdown(facts.description) if facts else "",
        right_example=from_code(facts.right_example) if facts else "",
        error_example=from_code(facts.wrong_example) if facts else "",
        revise_opinion=from_markdown(facts.advice) if facts else "",
        params=configs(one, set_id, english),
    )


def facets(total: int, counted: Mapping[str, Counter[str]]) -> ShowFilterResponse:
    """Counts, the most frequent first."""
    shown = [Facet(property=name, values=values_of(counts)) for name, counts in counted.items()]
    return ShowFilterResponse(result=Facets(total=total, facets=shown))
