"""The analysers of this server, v2."""

from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from bottega.check.api.families import TaskFrame, check
from bottega.check.catalogue.catalogues import Catalogues
from bottega.check.engines.base import Engine
from bottega.check.identifiers import HEX32_PATTERN, check_id
from bottega.check.tasks.choosing import language
from bottega.check.tasks.engines import EngineFacts
from bottega.check.tasks.texts import checked_word
from bottega.errors import NotFound
from bottega.http.operation import op
from bottega.iam.principal import Principal

RULE_TYPES = ("", "0", "1", "3")

DomainId = Annotated[
    str, PathParameter(description="Id of the caller's account", schema_extra={"pattern": HEX32_PATTERN})
]
RuleType = Annotated[
    str,
    QueryParameter(
        description="Has no published meaning, and none here", schema_extra={"enum": list(RULE_TYPES)}
    ),
]
LanguageName = Annotated[
    str, QueryParameter(name="language", description="A language in any spelling; all by default")
]


class CheckerVersion(msgspec.Struct, kw_only=True):
    """``version`` is empty for an analyser that is not here: ``reason`` says why, and how to get it.

    ``languages`` is empty for one that looks at any text; ``rules`` is how many it has.
    """

    name: str
    title: str
    version: str
    available: bool
    reason: str
    languages: list[str]
    rules: int
    licence: str
    url: str


class CheckersVersionResponse(TaskFrame, kw_only=True):
    result: list[CheckerVersion]


class ThirdTool(msgspec.Struct, kw_only=True):
    """``id`` is the number by which tasks set the parameters of an analyser."""

    id: int
    name: str
    title: str


class ThirdToolsResponse(TaskFrame, kw_only=True):
    result: list[ThirdTool]


@get(
    "/v2/{domain_id:str}/checkers-version",
    **op("show_checkers_version", "Show the analysers of this server with their versions"),
)
def show_checkers_version(
    principal: NamedDependency[Principal], catalogues: NamedDependency[Catalogues], domain_id: DomainId
) -> CheckersVersionResponse:
    if check_id(domain_id, "domain_id") != principal.tenant_id:
        raise NotFound("account", domain_id)
    catalogue = catalogues.current()
    counts: dict[str, int] = {}
    for rule in catalogue.rules.values():
        counts[rule.engine] = counts.get(rule.engine, 0) + 1
    return CheckersVersionResponse(
        result=[
            _version(
                engine, catalogue.versions.get(name, ""), catalogue.missing.get(name, ""), counts.get(name, 0)
            )
            for name, engine in sorted(catalogue.engines.items())
        ]
    )


@get("/v2/excute/all-thirdtools", **op("list_third_tools", "List the analysers that look at a language"))
def list_third_tools(rule_type: RuleType = "", language_name: LanguageName = "") -> ThirdToolsResponse:
    checked_word(rule_type, "rule_type", RULE_TYPES)
    found = EngineFacts.of_language(language(language_name, "language").name if language_name else "")
    return ThirdToolsResponse(
        result=[ThirdTool(id=one.number, name=one.name, title=one.title) for one in found]
    )


def _version(engine: Engine, version: str, missing: str, rules: int) -> CheckerVersion:
    return CheckerVersion(
        name=engine.name,
        title=engine.title,
        version=version,
        available=not missing,
        reason=missing,
        languages=sorted(engine.languages),
        rules=rules,
        licence=engine.licence,
        url=engine.url,
    )


ROUTER = check([show_checkers_version, list_third_tools])
