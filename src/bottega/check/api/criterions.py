"""Rules in the newer operations, v1 and v2."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from bottega.check.api.criterion_models import (
    DISABLE,
    ENABLE,
    CriterionList,
    ListCriterionResponse,
    ShowCriterionRuleResponse,
    ShowFilterResponse,
    criterion,
    facets,
)
from bottega.check.api.families import check
from bottega.check.api.rule_arguments import (
    Engines,
    Languages,
    OptionalProjectId,
    OptionalRuleSetId,
    Search,
    Severities,
    language_names,
    page_size,
    search_word,
    severities,
    words,
)
from bottega.check.api.task_arguments import check_range
from bottega.check.api.text_language import AcceptLanguage, in_english
from bottega.check.catalogue.catalogue import Catalogue
from bottega.check.catalogue.catalogues import Catalogues
from bottega.check.catalogue.listing import RuleFilter, count, fits, rows
from bottega.check.errors import UnknownRule
from bottega.check.identifiers import check_id
from bottega.check.rulesets.effective import SetRule, plain
from bottega.check.rulesets.service import RuleSetService
from bottega.errors import Invalid
from bottega.http.operation import op
from bottega.iam.principal import Principal

MAX_RULES = 200
DEFAULT_RULES = 10
MAX_PAGE = 999

PageSize = Annotated[int, page_size(MAX_RULES)]
PageFromOne = Annotated[
    int, QueryParameter(description="Page, from 1", schema_extra={"minimum": 1, "maximum": MAX_PAGE})
]
Status = Annotated[
    str,
    QueryParameter(
        description="With set_id: the rules that are on, which is the default, or those that are off",
        schema_extra={"enum": ["", ENABLE, DISABLE]},
    ),
]
RuleId = Annotated[str, PathParameter(description="Id of a rule")]


@get("/v2/criterions", **op("list_criterion", "List rules, of all analysers or of a rule set"))
def list_criterion(
    *,
    principal: NamedDependency[Principal],
    catalogues: NamedDependency[Catalogues],
    rule_book: NamedDependency[RuleSetService],
    page_size: PageSize = DEFAULT_RULES,
    page: PageFromOne = 1,
    system_tag: Engines = "",
    severitys: Severities = "",
    languages: Languages = "",
    search: Search = "",
    rule_set: OptionalRuleSetId = "",
    status: Status = "",
    accepted: AcceptLanguage = "",
) -> ListCriterionResponse:
    check_range(page_size, MAX_RULES, "page_size", least=1)
    check_range(page, MAX_PAGE, "page", least=1)
    where = RuleFilter(
        languages=language_names(languages, "languages"),
        severities=severities(severitys, "severitys"),
        engines=words(system_tag),
        search=search_word(search, "search"),
    )
    catalogue = catalogues.current()
    found = _found(principal, catalogue, rule_book, where, set_id=rule_set, status=status)
    english = in_english(accepted)
    shown = [
        criterion(catalogue, one, set_id=rule_set, english=english)
        for one in found[(page - 1) * page_size :][:page_size]
    ]
    return ListCriterionResponse(result=CriterionList(criterion_list=shown, total=len(found)))


@get("/v1/rule/criterion-rule/query/{criterion_rule_id:str}", **op("show_criterion_rule", "Show a rule"))
def show_criterion_rule(
    principal: NamedDependency[Principal],  # noqa: ARG001
    catalogues: NamedDependency[Catalogues],
    criterion_rule_id: RuleId,
    accepted: AcceptLanguage = "",
) -> ShowCriterionRuleResponse:
    catalogue = catalogues.current()
    rule = catalogue.find(criterion_rule_id)
    available = rule is not None
    rule = rule or catalogue.former.get(criterion_rule_id)
    if rule is None:
        raise UnknownRule(criterion_rule_id)
    english = in_english(accepted)
    shown = [plain(rule, language, available=available) for language in rule.facts.languages]
    return ShowCriterionRuleResponse(result=[criterion(catalogue, one, english=english) for one in shown])


@get("/v1/criterion-filters", **op("show_filter", "Count rules by what they have in common"))
def show_filter(
    *,
    principal: NamedDependency[Principal],
    catalogues: NamedDependency[Catalogues],
    rule_book: NamedDependency[RuleSetService],
    system_tag: Engines = "",
    checker_name: Engines = "",
    severitys: Severities = "",
    languages: Languages = "",
    language: Languages = "",
    search: Search = "",
    key: Search = "",
    rule_set: OptionalRuleSetId = "",
    project: OptionalProjectId = "",
    status: Status = "",
) -> ShowFilterResponse:
    if project:
        # Rules are the same in every project.
        check_id(project, "project_id")
    where = RuleFilter(
        languages=[*language_names(languages, "languages"), *language_names(language, "language")],
        severities=severities(severitys, "severitys"),
        engines=[*words(system_tag), *words(checker_name)],
        search=search_word(search, "search") or search_word(key, "key"),
    )
    found = _found(principal, catalogues.current(), rule_book, where, set_id=rule_set, status=status)
    counted = count((one.rule, one.language, one.severity) for one in found if one.rule is not None)
    return facets(len(found), counted)


def _found(
    principal: Principal,
    catalogue: Catalogue,
    rule_book: RuleSetService,
    where: RuleFilter,
    *,
    set_id: str,
    status: str,
) -> list[SetRule]:
    if status not in {"", ENABLE, DISABLE}:
        raise Invalid("status", f"must be {ENABLE} or {DISABLE}")
    if not set_id:
        return [plain(row.rule, row.language) for row in rows(catalogue, where)]
    return [
        one
        for one in rule_book.lists.rules(principal, set_id)
        if one.on == (status != DISABLE)
        and (not where.languages or one.language in where.languages)
        and one.rule is not None
        and fits(one.rule, one.severity, where)
    ]


ROUTER = check([list_criterion, show_criterion_rule, show_filter])
