"""A template as its reader sees it, custom or official."""

from enum import StrEnum

import msgspec

from bottega.build.templates.catalogue import OfficialTemplate
from bottega.build.templates.tables import Template
from bottega.build.templates.wire import CreateTemplateSteps
from bottega.build.wire import CreateBuildJobParameter


class Scope(StrEnum):
    """Who made a template: somebody of the tenant, or the makers of Bottega."""

    CUSTOM = "custom"
    OFFICIAL = "official"


class TemplateView(msgspec.Struct, frozen=True, kw_only=True):
    """``favourite`` is the reader's star, ``uses`` how many tasks of their tenant were made from it.

    An official template has no creator, no time (epoch milliseconds) and is in no tenant.
    """

    uuid: str
    object_id: str
    name: str
    scope: Scope
    description: str | None
    tool_type: str | None
    language: str
    steps: list[CreateTemplateSteps]
    parameters: list[CreateBuildJobParameter] | None
    creator_id: str | None
    creator_name: str | None
    created_at: int | None
    favourite: bool
    uses: int


def custom(template: Template, *, favourite: bool = False, uses: int = 0) -> TemplateView:
    """The view of a tenant's own template."""
    return TemplateView(
        uuid=template.uuid,
        object_id=template.object_id,
        name=template.name,
        scope=Scope.CUSTOM,
        description=template.description,
        tool_type=template.tool_type,
        language="",
        steps=msgspec.convert(template.steps, list[CreateTemplateSteps]),
        parameters=msgspec.convert(template.parameters, list[CreateBuildJobParameter] | None),
        creator_id=template.creator_id,
        creator_name=template.creator_name,
        created_at=template.created_at,
        favourite=favourite,
        uses=uses,
    )


def official(template: OfficialTemplate, *, favourite: bool, uses: int) -> TemplateView:
    """The view of a template that came along."""
    return TemplateView(
        uuid=template.uuid,
        object_id=template.object_id,
        name=template.name,
        scope=Scope.OFFICIAL,
        description=template.description,
        tool_type=template.tool_type,
        language=template.language,
        steps=template.steps,
        parameters=template.wire_parameters(),
        creator_id=None,
        creator_name=None,
        created_at=None,
        favourite=favourite,
        uses=uses,
    )
