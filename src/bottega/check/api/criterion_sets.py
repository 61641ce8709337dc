"""Rule sets in the newer operations, v1 and v2."""

from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from bottega.check.api.criterion_models import (
    MAX_IDS,
    BatchRequest,
    CriterionSetsResponse,
    ListCriterionSetsResponse,
    ListDefaultSetsResponse,
    RelationsRequest,
    RelationsResponse,
    ShowSetInfoResponse,
    set_body,
    set_list,
)
from bottega.check.api.families import check
from bottega.check.api.rule_arguments import (
    MAX_PAGE,
    Languages,
    OptionalProjectId,
    PageNumber,
    ProjectIdInQuery,
    Search,
    YesOrNo,
    language_names,
    page_size,
    search_word,
    yes,
)
from bottega.check.api.task_arguments import RuleSetId, check_range
from bottega.check.api.text_language import AcceptLanguage, in_english
from bottega.check.rulesets.listing import BY_CHANGE, BY_RULES, CATEGORIES, MINE, SetFilter
from bottega.check.rulesets.service import RuleSetService
from bottega.errors import Invalid
from bottega.http.operation import op
from bottega.iam.principal import Principal

MAX_SETS = 50
DEFAULT_SETS = 10
MAX_OF_LANGUAGE = 1000
UP, DOWN = "up", "down"

SortField = Annotated[
    str,
    QueryParameter(
        description="Number of rules that are on, or the last change",
        schema_extra={"enum": ["", BY_RULES, BY_CHANGE]},
    ),
]
SortOrder = Annotated[str, QueryParameter(description="up, or down", schema_extra={"enum": ["", UP, DOWN]})]
OneLanguage = Annotated[str, QueryParameter(description="A language in any spelling")]
PageSize = Annotated[int, page_size(MAX_SETS)]
LongPageSize = Annotated[int, page_size(MAX_OF_LANGUAGE)]


@get(
    "/v2/all-criterionsets",
    **op("list_all_criterion_sets", "List rule sets of one project or of all the caller takes part in"),
)
def list_all_criterion_sets(
    *,
    principal: NamedDependency[Principal],
    rule_book: NamedDependency[RuleSetService],
    languages: Languages = "",
    search: Search = "",
    page_size: PageSize = DEFAULT_SETS,
    page: PageNumber = 1,
    my_create: YesOrNo = "false",
    project: OptionalProjectId = "",
    is_call_status: YesOrNo = "true",
    sort_field: SortField = "",
    sort_order: SortOrder = "",
    accepted: AcceptLanguage = "",
) -> ListCriterionSetsResponse:
    check_range(page_size, MAX_SETS, "page_size", least=1)
    if sort_field not in {"", BY_RULES, BY_CHANGE}:
        raise Invalid("sort_field", f"must be {BY_RULES} or {BY_CHANGE}")
    if sort_order not in {"", UP, DOWN}:
        raise Invalid("sort_order", f"must be {UP} or {DOWN}")
    where = SetFilter(
        categories=[MINE] if yes(my_create, "my_create") else CATEGORIES,
        languages=language_names(languages, "languages"),
        search=search_word(search, "search"),
        sort=sort_field,
        ascending=sort_order == UP,
        with_use=yes(is_call_status, "is_call_status"),
    )
    offset = _first(page, page_size)
    return set_list(rule_book.lists.page(principal, project, where, offset, page_size), in_english(accepted))


@get(
    "/v1/criterionsets/language",
    **op("list_criterion_sets_by_language", "List the rule sets of a project for one language"),
)
def list_criterion_sets_by_language(
    *,
    principal: NamedDependency[Principal],
    rule_book: NamedDependency[RuleSetService],
    language: OneLanguage,
    project: ProjectIdInQuery,
    search: Search = "",
    page_size: LongPageSize = MAX_OF_LANGUAGE,
    page: PageNumber = 1,
    accepted: AcceptLanguage = "",
) -> ListCriterionSetsResponse:
    check_range(page_size, MAX_OF_LANGUAGE, "page_size", least=1)
    names = language_names(language, "language")
    if len(names) != 1:
        raise Invalid("language", "must be one language")
    where = SetFilter(languages=names, search=search_word(search, "search"))
    offset = _first(page, page_size)
    return set_list(rule_book.lists.page(principal, project, where, offset, page_size), in_english(accepted))


@post("/v1/criterionsets/batch", **op("list_criterion_sets_by_ids", "Show several rule sets"))
def list_criterion_sets_by_ids(
    *,
    principal: NamedDependency[Principal],
    rule_book: NamedDependency[RuleSetService],
    data: JSONBody[BatchRequest],
    project: OptionalProjectId = "",
    accepted: AcceptLanguage = "",
) -> CriterionSetsResponse:
    if len(data.ids) > MAX_IDS:
        raise Invalid("ids", f"names more than {MAX_IDS} rule sets")
    english = in_english(accepted)
    found = rule_book.lists.some(principal, data.ids, project)
    return CriterionSetsResponse(result=[set_body(one, english) for one in found])


@get("/v1/criterionsets/{set_id:str}", **op("show_set_info", "Show a rule set"))
def show_set_info(
    principal: NamedDependency[Principal],
    rule_book: NamedDependency[RuleSetService],
    set_id: RuleSetId,
    accepted: AcceptLanguage = "",
) -> ShowSetInfoResponse:
    (found,) = rule_book.lists.some(principal, [set_id])
    return ShowSetInfoResponse(result=set_body(found, in_english(accepted)))


@get(
    "/v1/criterionset/get-default-sets",
    **op("list_default_sets", "Show the default rule set of each language in a project"),
)
def list_default_sets(
    principal: NamedDependency[Principal],
    rule_book: NamedDependency[RuleSetService],
    project: ProjectIdInQuery,
) -> ListDefaultSetsResponse:
    return ListDefaultSetsResponse(result=rule_book.lists.defaults(principal, project))


@post("/v1/relations", **op("modify_criterion_into_set", "Switch and adjust rules of a rule set"))
def modify_criterion_into_set(
    principal: NamedDependency[Principal],
    rule_book: NamedDependency[RuleSetService],
    data: JSONBody[RelationsRequest],
) -> RelationsResponse:
    rule_book.change(principal, data.set_id, data.wanted())
    return RelationsResponse()


def _first(page: int, size: int) -> int:
    check_range(page, MAX_PAGE, "page")
    return max(page - 1, 0) * size


ROUTER = check(
    [
        list_all_criterion_sets,
        list_criterion_sets_by_language,
        list_criterion_sets_by_ids,
        show_set_info,
        list_default_sets,
        modify_criterion_into_set,
    ]
)
