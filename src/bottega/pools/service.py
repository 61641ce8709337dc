"""Pools of agents: what is in them, who takes runs and why not, and what their administrators change."""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from bottega.audit import trail
from bottega.audit.events import AuditKind, AuditName
from bottega.clock import epoch_ms
from bottega.errors import Conflict, Invalid, NotFound
from bottega.iam.principal import Principal
from bottega.pools import rights
from bottega.runs.agents import enrolled, presence, set_draining, why_not
from bottega.runs.held import CLAIMABLE
from bottega.runs.pools import registry
from bottega.runs.pools.labels import checked_labels
from bottega.runs.pools.tables import AgentPool
from bottega.runs.states import ACTIVE, RunState
from bottega.runs.tables import Agent, Run
from bottega.store.database import Database

MAX_LIMIT = 100
UNHEARD = "it is not heard of"


class SeenAgent(msgspec.Struct, frozen=True, kw_only=True):
    """An agent as people see it. ``state`` is ``online``, ``draining`` or ``offline``; ``running`` counts those
    of the caller's tenant.

    ``why_not`` says why it takes no runs, and is empty while it does.
    """

    row: Agent
    state: str
    why_not: str
    running: int


class SeenPool(msgspec.Struct, frozen=True, kw_only=True):
    """A pool with its agents by name. ``row`` is None for one that only its agents or builds name."""

    name: str
    row: AgentPool | None
    running: int
    waiting: int
    agents: Sequence[SeenAgent]


class PoolService:
    """Reading is for members, changing for administrators of the installation's first tenant."""

    def __init__(self, database: Database, silent_ms: int) -> None:
        self._database = database
        self._silent_ms = silent_ms

    def page(self, principal: Principal, offset: int, limit: int) -> tuple[list[SeenPool], int]:
        """Some of the pools the caller may see, by name, and how many there are.

        Raises :class:`Invalid`, :class:`Forbidden`.
        """
        if offset < 0:
            raise Invalid("offset", "expected 0 or more")
        if not 1 <= limit <= MAX_LIMIT:
            raise Invalid("limit", f"expected 1 to {MAX_LIMIT}")
        with self._database.read() as session:
            names = sorted(rights.visible(session, principal))
            return self._seen(session, principal, names[offset : offset + limit]), len(names)

    def get(self, principal: Principal, name: str) -> SeenPool:
        """One pool. Raises :class:`NotFound`, also for one the caller may not see, :class:`Forbidden`."""
        with self._database.read() as session:
            if name not in rights.visible(session, principal):
                raise NotFound("agent pool", name)
            return self._seen(session, principal, [name])[0]

    def create(
        self, principal: Principal, name: str, *, description: str, concurrency: int | None
    ) -> SeenPool:
        """Add a pool. Raises :class:`Invalid`, :class:`Conflict`, :class:`Forbidden`."""
        try:
            with self._database.write() as session:
                rights.require_change(session, principal)
                registry.create(
                    session,
                    name,
                    description=description,
                    concurrency=concurrency,
                    created_by=principal.user_name,
                )
                trail.record(session, principal, AuditName.CREATE_POOL, AuditKind.POOL, name, name)
        except IntegrityError:
            raise Conflict(f"there is a pool named {name} already") from None
        return self.get(principal, name)

    def update(
        self, principal: Principal, name: str, *, description: str, concurrency: int | None
    ) -> SeenPool:
        """Replace description and limit. Raises :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`."""
        with self._database.write() as session:
            rights.require_change(session, principal)
            if name not in rights.visible(session, principal):
                raise NotFound("agent pool", name)
            registry.change(
                session,
                name,
                description=description,
                concurrency=concurrency,
                changed_by=principal.user_name,
            )
            trail.record(session, principal, AuditName.UPDATE_POOL, AuditKind.POOL, name, name)
        return self.get(principal, name)

    def delete(self, principal: Principal, name: str) -> None:
        """Forget a pool without agents. Raises :class:`NotFound`, :class:`Conflict`, :class:`Forbidden`."""
        with self._database.write() as session:
            rights.require_change(session, principal)
            registry.remove(session, name)
            trail.record(session, principal, AuditName.DELETE_POOL, AuditKind.POOL, name, name)

    def change_agent(
        self,
        principal: Principal,
        pool: str,
        name: str,
        *,
        draining: bool | None,
        labels: Sequence[str] | None,
    ) -> SeenAgent:
        """Drain an agent or end that, and replace its labels; None leaves either as it is.

        Raises :class:`Invalid`, :class:`NotFound`, :class:`Forbidden`.
        """
        with self._database.write() as session:
            rights.require_change(session, principal)
            given = None if labels is None else checked_labels("labels", labels)
            agent = enrolled(session, name)
            if agent.pool != pool:
                raise NotFound("agent", name)
            if draining is not None:
                set_draining(agent, draining)
            if given is not None:
                agent.labels = given
            changes = {"draining": draining, "labels": given}
            detail = ", ".join(f"{key} {value}" for key, value in changes.items() if value is not None)
            trail.record(
                session, principal, AuditName.UPDATE_AGENT, AuditKind.AGENT, agent.id, name, detail=detail
            )
            session.flush()
            running = _count(session, principal, Run.agent_id, [agent.id], ACTIVE)
            return self._agent(agent, running)

    def _seen(self, session: Session, principal: Principal, names: Sequence[str]) -> list[SeenPool]:
        rows = {row.name: row for row in session.scalars(select(AgentPool).where(AgentPool.name.in_(names)))}
        query = select(Agent).where(Agent.pool.in_(names), Agent.revoked_at.is_(None)).order_by(Agent.name)
        agents = session.scalars(query).all()
        running = _count(session, principal, Run.pool, names, ACTIVE)
        waiting = _count(session, principal, Run.pool, names, [RunState.QUEUED])
        busy = _count(session, principal, Run.agent_id, [agent.id for agent in agents], ACTIVE)
        return [
            SeenPool(
                name=name,
                row=rows.get(name),
                running=running.get(name, 0),
                waiting=waiting.get(name, 0),
                agents=[self._agent(agent, busy) for agent in agents if agent.pool == name],
            )
            for name in names
        ]

    def _agent(self, agent: Agent, running: dict[str, int]) -> SeenAgent:
        state = presence(agent, epoch_ms() - self._silent_ms)
        return SeenAgent(
            row=agent,
            state=state,
            why_not=UNHEARD if state == "offline" else why_not(agent),
            running=running.get(agent.id, 0),
        )


def _count(
    session: Session,
    principal: Principal,
    column: InstrumentedAttribute[Any],
    values: Sequence[str],
    states: Collection[RunState],
) -> dict[str, int]:
    """How many runs of the caller's tenant in these states each of the values has, without what agents get later."""
    mine = (Run.tenant_id == principal.tenant_id, Run.state.in_(states), Run.held == CLAIMABLE)
    counted = select(column, func.count()).where(*mine, column.in_(values)).group_by(column)
    return {value: number for value, number in session.execute(counted)}  # noqa: C416 - rows are no pairs
