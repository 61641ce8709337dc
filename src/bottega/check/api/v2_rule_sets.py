"""Rule sets, v2 and v3."""

from typing import Annotated

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter

from bottega.check.api.families import check
from bottega.check.api.nothing import AnswersNull
from bottega.check.api.rule_arguments import (
    MAX_OFFSET,
    MAX_PAGE,
    Languages,
    RowOffset,
    SmallOffset,
    YesOrNo,
    chosen,
    language_names,
    page_size,
    words,
    yes,
)
from bottega.check.api.rule_models import ListTemplateRulesResponse, set_item
from bottega.check.api.rule_set_models import (
    CreateRulesetResponse,
    ListRulesetsResponse,
    Ruleset,
    listed,
)
from bottega.check.api.task_arguments import ProjectId, RuleSetId, check_range
from bottega.check.api.text_language import AcceptLanguage, in_english
from bottega.check.rulesets.listing import CATEGORIES, SetFilter
from bottega.check.rulesets.service import RuleSetService
from bottega.http.operation import op
from bottega.iam.principal import Principal

MAX_SETS = 1000
MAX_SETS_V3 = 50
DEFAULT_SETS_V3 = 10
MAX_RULES = 1000
DEFAULT_SIZE = 100
ALL, ON, OFF = "1", "2", "3"
"""Which rules of a set: every one of its language, those that are on, those that are off."""

Category = Annotated[
    str,
    QueryParameter(
        description="0 the system's, 1 the caller's own, 2 those of others; with commas, all by default",
        schema_extra={"pattern": "^( *[012]? *)(,( *[012]? *))*$"},
    ),
]
Types = Annotated[
    str,
    QueryParameter(
        description="1 all rules of the language, 2 those that are on, 3 those that are off",
        schema_extra={"pattern": "^( *[123]? *)(,( *[123]? *))*$"},
    ),
]
Tags = Annotated[str, QueryParameter(description="Tags, with commas, of which a rule must have one")]
LanguageInPath = Annotated[str, PathParameter(description="A language in any spelling")]


Limit = Annotated[int, page_size(MAX_SETS)]
LimitV3 = Annotated[int, page_size(MAX_SETS_V3, least=0)]
RuleLimit = Annotated[int, page_size(MAX_RULES, least=0)]


@post("/v2/ruleset", **op("create_ruleset", "Create a rule set", status_code=201))
def create_ruleset(
    principal: NamedDependency[Principal],
    rule_book: NamedDependency[RuleSetService],
    data: JSONBody[Ruleset],
) -> CreateRulesetResponse:
    return CreateRulesetResponse(template_id=rule_book.create(principal, data.project_id, data.wanted()))


@get("/v2/{project_id:str}/rulesets", **op("list_rulesets", "List the rule sets of a project"))
def list_rulesets(
    *,
    principal: NamedDependency[Principal],
    rule_book: NamedDependency[RuleSetService],
    project_id: ProjectId,
    category: Category = "",
    offset: RowOffset = 0,
    limit: Limit = DEFAULT_SIZE,
    accepted: AcceptLanguage = "",
) -> ListRulesetsResponse:
    check_range(offset, MAX_OFFSET, "offset")
    check_range(limit, MAX_SETS, "limit", least=1)
    where = SetFilter(categories=_categories(category))
    return listed(rule_book.lists.page(principal, project_id, where, offset, limit), in_english(accepted))


@get(
    "/v3/{project_id:str}/rulesets",
    **op("list_rulesets_v3", "List the rule sets of a project in small pages"),
)
def list_rulesets_v3(
    *,
    principal: NamedDependency[Principal],
    rule_book: NamedDependency[RuleSetService],
    project_id: ProjectId,
    category: Category = "",
    offset: SmallOffset = 0,
    limit: LimitV3 = DEFAULT_SETS_V3,
    need_selected_status: YesOrNo = "true",
    accepted: AcceptLanguage = "",
) -> ListRulesetsResponse:
    check_range(offset, MAX_PAGE, "offset")
    check_range(limit, MAX_SETS_V3, "limit")
    where = SetFilter(
        categories=_categories(category), with_use=yes(need_selected_status, "need_selected_status")
    )
    return listed(rule_book.lists.page(principal, project_id, where, offset, limit), in_english(accepted))


@get(
    "/v2/{project_id:str}/ruleset/{ruleset_id:str}/rules",
    **op("list_template_rules", "List the rules of a rule set"),
)
def list_template_rules(
    *,
    principal: NamedDependency[Principal],
    rule_book: NamedDependency[RuleSetService],
    project_id: ProjectId,
    ruleset_id: RuleSetId,
    types: Types = ALL,
    languages: Languages = "",
    tags: Tags = "",
    offset: RowOffset = 0,
    limit: RuleLimit = DEFAULT_SIZE,
    accepted: AcceptLanguage = "",
) -> ListTemplateRulesResponse:
    check_range(offset, MAX_OFFSET, "offset")
    check_range(limit, MAX_RULES, "limit")
    wanted = chosen(types, {ALL, ON, OFF}, "types") or [ALL]
    only, tagged = language_names(languages, "languages"), {word.casefold() for word in words(tags)}
    found = [
        one
        for one in rule_book.lists.rules(principal, ruleset_id, project_id)
        if (ALL in wanted or (ON if one.on else OFF) in wanted)
        and (not only or one.language in only)
        and (not tagged or not tagged.isdisjoint(tag.casefold() for tag in one.tags))
    ]
    english = in_english(accepted)
    page = [set_item(one, ruleset_id, english) for one in found[offset:][:limit]]
    return ListTemplateRulesResponse(info=page, total=len(found))


@delete(
    "/v2/{project_id:str}/ruleset/{ruleset_id:str}",
    **op("delete_ruleset", "Delete a rule set that nothing uses", operation_class=AnswersNull),
)
def delete_ruleset(
    principal: NamedDependency[Principal],
    rule_book: NamedDependency[RuleSetService],
    project_id: ProjectId,
    ruleset_id: RuleSetId,
) -> None:
    rule_book.delete(principal, project_id, ruleset_id)


@post(
    "/v2/{project_id:str}/ruleset/{ruleset_id:str}/{language:str}/default",
    **op(
        "set_defaul_template",
        "Make a rule set the project's default for its language",
        operation_class=AnswersNull,
    ),
)
def set_defaul_template(
    principal: NamedDependency[Principal],
    rule_book: NamedDependency[RuleSetService],
    project_id: ProjectId,
    ruleset_id: RuleSetId,
    language: LanguageInPath,
) -> None:
    rule_book.set_default(principal, project_id, ruleset_id, language)


def _categories(text: str) -> list[str]:
    return chosen(text, CATEGORIES, "category") or sorted(CATEGORIES)


ROUTER = check(
    [
        create_ruleset,
        list_rulesets,
        list_rulesets_v3,
        list_template_rules,
        delete_ruleset,
        set_defaul_template,
    ]
)
