"""The rules of a set as a file. Bottega's own operation, for what the service's console offers without one."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import quote

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from bottega.check.api.families import check
from bottega.check.api.task_arguments import RuleSetId
from bottega.check.api.text_language import AcceptLanguage, in_english
from bottega.check.reports.spreadsheet import sheet
from bottega.check.rulesets.effective import SetRule
from bottega.check.rulesets.service import RuleSetService
from bottega.errors import Invalid
from bottega.http.operation import op
from bottega.iam.principal import Principal

CSV, JSON = "csv", "json"
OCTETS = "application/octet-stream"

Format = Annotated[str, QueryParameter(description="csv, or json", schema_extra={"enum": [CSV, JSON]})]


class ExportedRule(msgspec.Struct, kw_only=True):
    """One rule that is on. ``options`` are the values that hold, by key."""

    id: str
    name: str
    language: str
    engine: str
    severity: int
    tags: list[str]
    cwe: list[int]
    owasp: list[str]
    options: dict[str, str]
    available: bool


class ExportedSet(msgspec.Struct, kw_only=True):
    id: str
    name: str
    language: str
    rules: list[ExportedRule]


@get(
    "/v1/criterionsets/{set_id:str}/export",
    **op("export_criterion_set", "Download the rules of a rule set that are on", media_type=OCTETS),
)
def export_criterion_set(
    principal: NamedDependency[Principal],
    rule_book: NamedDependency[RuleSetService],
    set_id: RuleSetId,
    format: Format = CSV,
    accepted: AcceptLanguage = "",
) -> Response[bytes]:
    if format not in {CSV, JSON}:
        raise Invalid("format", f"must be {CSV} or {JSON}")
    (shown,) = rule_book.lists.some(principal, [set_id])
    rules = [_exported(one) for one in rule_book.lists.rules(principal, set_id) if one.on]
    name = shown.english if in_english(accepted) else shown.chinese
    if format == CSV:
        content = _csv(rules)
    else:
        exported = ExportedSet(id=set_id, name=name, language=shown.language, rules=rules)
        content = msgspec.json.format(msgspec.json.encode(exported))
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{name}.{format}', safe='')}",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=OCTETS, headers=headers)


def _exported(one: SetRule) -> ExportedRule:
    return ExportedRule(
        id=one.id,
        name=one.name,
        language=one.language,
        engine=one.engine,
        severity=one.severity,
        tags=list(one.tags),
        cwe=list(one.rule.facts.cwe) if one.rule else [],
        owasp=list(one.rule.facts.owasp) if one.rule else [],
        options=one.options,
        available=one.available,
    )


def _csv(rules: Sequence[ExportedRule]) -> bytes:
    names = [field.name for field in msgspec.structs.fields(ExportedRule)]
    return b"".join(sheet(names, [[msgspec.structs.astuple(rule) for rule in rules]]))


ROUTER = check([export_criterion_set])
