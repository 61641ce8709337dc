"""What is remembered of templates for users and tenants: stars, and the tasks made from them."""

from collections.abc import Iterable

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bottega.build.templates.tables import TemplateFavourite, TemplateUse
from bottega.clock import epoch_ms
from bottega.iam.principal import Principal


def follow(session: Session, principal: Principal, template_uuid: str) -> None:
    """Star a template for the caller, who may have done so before."""
    if session.get(TemplateFavourite, (template_uuid, principal.user_id)) is None:
        session.add(
            TemplateFavourite(
                template_uuid=template_uuid,
                user_id=principal.user_id,
                tenant_id=principal.tenant_id,
                created_at=epoch_ms(),
            )
        )


def unfollow(session: Session, principal: Principal, template_uuid: str) -> None:
    """Take the caller's star away, if there is one."""
    session.execute(
        delete(TemplateFavourite).where(
            TemplateFavourite.template_uuid == template_uuid, TemplateFavourite.user_id == principal.user_id
        )
    )


def favourites(session: Session, principal: Principal, uuids: Iterable[str]) -> frozenset[str]:
    """Those among the templates that the caller has starred."""
    query = select(TemplateFavourite.template_uuid).where(
        TemplateFavourite.user_id == principal.user_id, TemplateFavourite.template_uuid.in_(list(uuids))
    )
    return frozenset(session.scalars(query))


def use(session: Session, principal: Principal, template_uuid: str, task_id: str) -> None:
    """Note that the task was made from the template; saying it again changes nothing."""
    if session.get(TemplateUse, (template_uuid, task_id)) is None:
        session.add(
            TemplateUse(
                template_uuid=template_uuid,
                task_id=task_id,
                tenant_id=principal.tenant_id,
                user_id=principal.user_id,
                used_at=epoch_ms(),
            )
        )


def uses(session: Session, tenant_id: str, uuids: Iterable[str]) -> dict[str, int]:
    """How many tasks of the tenant were made from each of these templates; one never used is missing."""
    query = (
        select(TemplateUse.template_uuid, func.count())
        .where(TemplateUse.tenant_id == tenant_id, TemplateUse.template_uuid.in_(list(uuids)))
        .group_by(TemplateUse.template_uuid)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def forget(session: Session, template_uuid: str) -> None:
    """Drop everything about a template that is being deleted."""
    session.execute(delete(TemplateFavourite).where(TemplateFavourite.template_uuid == template_uuid))
    session.execute(delete(TemplateUse).where(TemplateUse.template_uuid == template_uuid))
