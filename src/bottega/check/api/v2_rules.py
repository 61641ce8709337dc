"""All rules, v2."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency

from bottega.check.api.families import check
from bottega.check.api.rule_arguments import (
    MAX_OFFSET,
    Languages,
    RowOffset,
    Severities,
    language_names,
    page_size,
    severities,
)
from bottega.check.api.rule_models import ListRulesResponse, list_item
from bottega.check.api.task_arguments import check_range
from bottega.check.catalogue.catalogues import Catalogues
from bottega.check.catalogue.listing import RuleFilter, rows
from bottega.http.operation import op
from bottega.iam.principal import Principal

MAX_RULES = 1000
DEFAULT_RULES = 100

Limit = Annotated[int, page_size(MAX_RULES)]


@get("/v2/rules", **op("list_rules", "List the rules of all analysers"))
def list_rules(
    *,
    principal: NamedDependency[Principal],  # noqa: ARG001
    catalogues: NamedDependency[Catalogues],
    rule_languages: Languages = "",
    rule_severity: Severities = "",
    offset: RowOffset = 0,
    limit: Limit = DEFAULT_RULES,
) -> ListRulesResponse:
    check_range(offset, MAX_OFFSET, "offset")
    check_range(limit, MAX_RULES, "limit", least=1)
    where = RuleFilter(
        languages=language_names(rule_languages, "rule_languages"),
        severities=severities(rule_severity, "rule_severity"),
    )
    catalogue = catalogues.current()
    found = rows(catalogue, where)
    page = [list_item(catalogue, row) for row in found[offset:][:limit]]
    return ListRulesResponse(info=page, total=len(found))


ROUTER = check([list_rules])
