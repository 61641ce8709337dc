"""Who may see and change pools.

Agents and pools belong to the installation and not to a tenant. It is run by the administrators of its first tenant,
the one that the server made at its first start; members of other tenants see the pools that have served their builds.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.errors import Forbidden
from bottega.iam.principal import Principal, Right
from bottega.iam.tables import Tenant
from bottega.projects.parts import require_any_sight
from bottega.runs.agents import DEFAULT_POOL
from bottega.runs.pools.tables import AgentPool
from bottega.runs.tables import Agent, Run


def require_change(session: Session, principal: Principal) -> None:
    """Raise :class:`Forbidden` unless the caller runs the installation."""
    principal.require(Right.ADMINISTER)
    if not _is_first(session, principal):
        raise Forbidden(
            "agents and their pools are changed by administrators of the installation's first tenant"
        )


def visible(session: Session, principal: Principal) -> set[str]:
    """The names of the pools the caller may see: all, or those that builds of their tenant have used.

    The default pool is always among them. Raises :class:`Forbidden` for who takes part in nothing.
    """
    require_any_sight(session, principal)
    if not _is_first(session, principal):
        used = select(Run.pool).where(Run.tenant_id == principal.tenant_id).distinct()
        return {DEFAULT_POOL, *session.scalars(used)}
    served = select(Agent.pool).where(Agent.revoked_at.is_(None)).distinct()
    return {DEFAULT_POOL, *session.scalars(served), *session.scalars(select(AgentPool.name))}


def _is_first(session: Session, principal: Principal) -> bool:
    first = select(Tenant.id).order_by(Tenant.created_at, Tenant.id).limit(1)
    return session.scalar(first) == principal.tenant_id
