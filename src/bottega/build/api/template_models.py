"""Requests and responses about templates, named as in the contract. Which of them has which fields is part of it."""

from typing import Annotated, Any

import msgspec

from bottega.build.api.envelopes import ResultEnvelope, StatusEnvelope
from bottega.build.api.times import utc
from bottega.build.parameters import MAX_PARAMETERS
from bottega.build.steps import MAX_STEPS
from bottega.build.templates.definition import (
    MAX_DESCRIPTION,
    MAX_TOOL_TYPE,
    NAME_PATTERN,
    TemplateDefinition,
)
from bottega.build.templates.identifiers import TEMPLATE_ID_PATTERN
from bottega.build.templates.views import Scope, TemplateView
from bottega.build.templates.wire import CreateTemplateSteps
from bottega.build.wire import CreateBuildJobParameter, JobId
from bottega.documented import documented
from bottega.iam.principal import Principal

TYPE = "codeci"


class CreateTemplate(msgspec.Struct, kw_only=True):
    """``steps`` is required but may be empty or null, as in tasks."""

    steps: Annotated[list[CreateTemplateSteps] | None, documented(max_items=MAX_STEPS)]


class CreateTemplatesRequestBody(msgspec.Struct, kw_only=True):
    template: CreateTemplate
    name: Annotated[str, documented(pattern=NAME_PATTERN)]
    description: Annotated[str | None, documented(max_length=MAX_DESCRIPTION)] = None
    tool_type: Annotated[str | None, documented(max_length=MAX_TOOL_TYPE)] = None
    parameters: Annotated[list[CreateBuildJobParameter] | None, documented(max_items=MAX_PARAMETERS)] = None

    def definition(self) -> TemplateDefinition:
        """What is saved of it."""
        return TemplateDefinition(
            name=self.name,
            description=self.description,
            tool_type=self.tool_type,
            steps=self.template.steps or [],
            parameters=self.parameters,
        )


class ListRecommendOfficialTemplateRequestBody(msgspec.Struct, kw_only=True):
    """``tags`` is a tag of the repository; it beats the branch."""

    git_url: str
    branch: str
    tags: str | None = None


class SaveTemplateUsedInfoRequestBody(msgspec.Struct, kw_only=True):
    job_id: JobId
    template_id: Annotated[str, documented(pattern=TEMPLATE_ID_PATTERN)]


class QueryTemplate(msgspec.Struct, kw_only=True):
    steps: list[CreateTemplateSteps]


class QueryTemplateVo(QueryTemplate, kw_only=True):
    """What a template of CodeArts may have besides; ours have none of it."""

    actions: list[Any] = []
    auto_update_sub_module: bool = False
    image: str | None = None
    image_source: str | None = None


class _Shared(msgspec.Struct, kw_only=True):
    favourite: bool
    uuid: str
    type: str = TYPE
    public: bool = True
    name: str
    weight: float
    scope: Scope
    description: str | None
    tool_type: str | None
    parameters: list[CreateBuildJobParameter] | None


class _Owned(_Shared, kw_only=True):
    id: str
    create_time: str | None
    domain_id: str | None
    domain_name: str | None
    user_id: str | None
    user_name: str | None
    intl_description: dict[str, Any] = {}
    i18n: dict[str, Any] = {}


class CreateTemplatesItems(_Owned, kw_only=True):
    template: QueryTemplate


class QueryTemplatesItems(_Owned, kw_only=True):
    nick_name: str | None
    template: QueryTemplateVo


class TemplateList(_Shared, kw_only=True):
    """An official template in the list of them."""

    language: str
    nick_name: str | None = None
    template: QueryTemplate


class StatusSuccessResultWithUUIDResult(msgspec.Struct, kw_only=True):
    uuid: str


class CreateTemplateResponse(StatusEnvelope, kw_only=True):
    result: StatusSuccessResultWithUUIDResult


class CreateTemplatesResponse(ResultEnvelope, kw_only=True):
    result: CreateTemplatesItems


class DeleteTemplatesResponse(ResultEnvelope, kw_only=True):
    result: list[CreateTemplatesItems]


class ShowTemplateResponse(ResultEnvelope, kw_only=True):
    result: QueryTemplatesItems


class QueryTemplatesResult(msgspec.Struct, kw_only=True):
    total_size: int
    items: list[QueryTemplatesItems]


class ListTemplatesResponse(ResultEnvelope, kw_only=True):
    result: QueryTemplatesResult


class ListOfficialTemplateResult(msgspec.Struct, kw_only=True):
    total_size: float
    items: list[TemplateList]


class ListOfficialTemplateResponse(ResultEnvelope, kw_only=True):
    result: ListOfficialTemplateResult


class SaveTemplateUsedInfoResponse(ResultEnvelope, kw_only=True):
    result: str


class ShowYamlTemplateResponse(ResultEnvelope, kw_only=True):
    result: str


def created(principal: Principal, view: TemplateView) -> CreateTemplatesItems:
    """A template as v3 answers its creation and deletion."""
    return CreateTemplatesItems(
        **_shared(view), **_owned(principal, view), template=QueryTemplate(steps=view.steps)
    )


def item(principal: Principal, view: TemplateView) -> QueryTemplatesItems:
    """A template as it is read back. ``weight`` is how many of the tenant's tasks were made from it."""
    return QueryTemplatesItems(
        **_shared(view),
        **_owned(principal, view),
        nick_name=view.creator_name,
        template=QueryTemplateVo(steps=view.steps),
    )


def official(view: TemplateView) -> TemplateList:
    """A row of the list of official templates."""
    return TemplateList(**_shared(view), language=view.language, template=QueryTemplate(steps=view.steps))


def items(principal: Principal, found: list[TemplateView], total: int) -> ListTemplatesResponse:
    """A page of templates, or all that were recommended."""
    rows = [item(principal, view) for view in found]
    return ListTemplatesResponse(result=QueryTemplatesResult(total_size=total, items=rows))


def _shared(view: TemplateView) -> dict[str, Any]:
    return {
        "favourite": view.favourite,
        "uuid": view.uuid,
        "name": view.name,
        "weight": float(view.uses),
        "scope": view.scope,
        "description": view.description,
        "tool_type": view.tool_type,
        "parameters": view.parameters,
    }


def _owned(principal: Principal, view: TemplateView) -> dict[str, Any]:
    of_tenant = view.scope == Scope.CUSTOM
    return {
        "id": view.object_id,
        "create_time": utc(view.created_at),
        "domain_id": principal.tenant_id if of_tenant else None,
        "domain_name": principal.tenant_name if of_tenant else None,
        "user_id": view.creator_id,
        "user_name": view.creator_name,
    }
