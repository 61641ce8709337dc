"""Finding templates. Another tenant's do not exist."""

import msgspec
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from bottega.build.templates import catalogue, marks, views
from bottega.build.templates.catalogue import OfficialTemplate
from bottega.build.templates.errors import TemplateNotFound
from bottega.build.templates.tables import Template, TemplateFavourite
from bottega.build.templates.views import TemplateView
from bottega.errors import Invalid
from bottega.iam.principal import Principal

ALL = ("", "all")
FAVOURITE = ("favourite", "favorite")
MINE = ("mine",)
FILTERS = (*ALL, *FAVOURITE, *MINE)


class TemplateFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which custom templates; empty fields do not restrict.

    ``name`` is a part of the name. ``only`` is one of :data:`FILTERS`. ``tool_types``: any of these, in whatever case.
    """

    name: str = ""
    only: str = ""
    tool_types: tuple[str, ...] = ()


def custom(session: Session, tenant_id: str, uuid: str, *, lock: bool = False) -> Template:
    """The tenant's template of that uuid. Raises :class:`TemplateNotFound`."""
    query = select(Template).where(Template.uuid == uuid, Template.tenant_id == tenant_id)
    found = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise TemplateNotFound(uuid)
    return found


def official(uuid: str) -> OfficialTemplate:
    """The official template of that uuid. Raises :class:`TemplateNotFound`."""
    for template in catalogue.official():
        if template.uuid == uuid:
            return template
    raise TemplateNotFound(uuid)


def uuid_of(session: Session, tenant_id: str, template_id: str) -> str:
    """The uuid of a custom or official template, which may be named by either identifier.

    Raises :class:`TemplateNotFound`.
    """
    for template in catalogue.official():
        if template_id in {template.uuid, template.object_id}:
            return template.uuid
    query = select(Template.uuid).where(
        Template.tenant_id == tenant_id,
        or_(Template.uuid == template_id, Template.object_id == template_id),
    )
    found = session.scalar(query)
    if found is None:
        raise TemplateNotFound(template_id)
    return found


def view(session: Session, principal: Principal, template: Template) -> TemplateView:
    """One custom template as the caller sees it."""
    return views.custom(
        template,
        favourite=bool(marks.favourites(session, principal, [template.uuid])),
        uses=marks.uses(session, principal.tenant_id, [template.uuid]).get(template.uuid, 0),
    )


def custom_page(
    session: Session, principal: Principal, where: TemplateFilter, *, offset: int, limit: int
) -> tuple[list[TemplateView], int]:
    """One page of the tenant's templates, those with the caller's star first, then the newest; and how many match.

    Raises :class:`Invalid`.
    """
    star = and_(
        TemplateFavourite.template_uuid == Template.uuid, TemplateFavourite.user_id == principal.user_id
    )
    condition = _condition(principal, where)
    total = session.scalar(
        select(func.count()).select_from(Template).outerjoin(TemplateFavourite, star).where(condition)
    )
    # Only what decides the order is sorted; the templates themselves may be large.
    order = (
        select(Template.uuid, TemplateFavourite.user_id.is_not(None))
        .outerjoin(TemplateFavourite, star)
        .where(condition)
        .order_by(TemplateFavourite.user_id.is_(None), Template.created_at.desc(), Template.uuid.desc())
        .offset(offset)
        .limit(limit)
    )
    starred: dict[str, bool] = {row[0]: bool(row[1]) for row in session.execute(order)}
    found = {one.uuid: one for one in session.scalars(select(Template).where(Template.uuid.in_(starred)))}
    uses = marks.uses(session, principal.tenant_id, starred)
    page = [
        views.custom(found[uuid], favourite=star, uses=uses.get(uuid, 0)) for uuid, star in starred.items()
    ]
    return page, total or 0


def official_page(
    session: Session, principal: Principal, name: str, *, offset: int, limit: int
) -> tuple[list[TemplateView], int]:
    """One page of the official templates with ``name`` in their names, the caller's stars first; and how many match."""
    wanted = name.casefold()
    matching = [one for one in catalogue.official() if wanted in one.name.casefold()]
    uuids = [one.uuid for one in matching]
    starred = marks.favourites(session, principal, uuids)
    uses = marks.uses(session, principal.tenant_id, uuids)
    ordered = sorted(matching, key=lambda one: one.uuid not in starred)
    page = [
        views.official(one, favourite=one.uuid in starred, uses=uses.get(one.uuid, 0))
        for one in ordered[offset : offset + limit]
    ]
    return page, len(matching)


def _condition(principal: Principal, where: TemplateFilter) -> ColumnElement[bool]:
    if where.only not in FILTERS:
        raise Invalid("filter", f"{where.only[:80]!r} is none of {', '.join(FILTERS[1:])}")
    parts: list[ColumnElement[bool]] = [Template.tenant_id == principal.tenant_id]
    if where.name:
        parts.append(Template.name.icontains(where.name, autoescape=True))
    if where.only in FAVOURITE:
        parts.append(TemplateFavourite.user_id.is_not(None))
    if where.only in MINE:
        parts.append(Template.creator_id == principal.user_id)
    if where.tool_types:
        parts.append(func.lower(Template.tool_type).in_([one.lower() for one in where.tool_types]))
    return and_(*parts)
