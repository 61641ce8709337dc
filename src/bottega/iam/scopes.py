"""What a token is asked to be good for."""

from typing import Literal

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.iam.errors import Unauthenticated
from bottega.iam.tables import IamProject, Tenant


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """A project or an account (domain) by id or name, or nothing in particular.

    ``domain_id`` and ``domain_name`` say whose project is meant; without them it is the user's own account's.
    """

    kind: Literal["project", "domain", "unscoped"]
    id: str = ""
    name: str = ""
    domain_id: str = ""
    domain_name: str = ""


UNSCOPED = Scope(kind="unscoped")


def resolved_project(session: Session, tenant_id: str, scope: Scope) -> IamProject | None:
    """The IAM project of a project scope, None for the other kinds.

    Raises :class:`Unauthenticated` when the scope is not within the tenant, as Keystone does: whether another account
    has such a project is none of the caller's business.
    """
    tenant = session.get_one(Tenant, tenant_id)
    if scope.kind == "domain" and (scope.id or tenant.id, scope.name or tenant.name) != (
        tenant.id,
        tenant.name,
    ):
        raise Unauthenticated("the scope's domain is not the user's account")
    if scope.kind != "project":
        return None
    whose = (scope.domain_id or tenant.id, scope.domain_name or tenant.name)
    wanted = select(IamProject).where(IamProject.tenant_id == tenant_id)
    if scope.id:
        wanted = wanted.where(IamProject.id == scope.id)
    if scope.name or not scope.id:
        wanted = wanted.where(IamProject.name == scope.name)
    project = session.scalar(wanted)
    if project is None or whose != (tenant.id, tenant.name):
        raise Unauthenticated(f"the user's account has no project {scope.name or scope.id}")
    return project
