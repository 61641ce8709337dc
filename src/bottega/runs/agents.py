"""Enrolling agents: each gets an id and a key, kept sealed, so that the broker's users can be rebuilt."""

import re
from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bottega.agent.identity import AgentIdentity
from bottega.clock import epoch_ms
from bottega.errors import Conflict, Invalid, NotFound
from bottega.ids import new_hex, new_secret
from bottega.runs.pools.labels import checked_labels
from bottega.runs.tables import Agent
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

KEY_PURPOSE = "agent key"
DEFAULT_POOL = "default"
DRAINING = "it is being drained"
NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")
POOL = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")


class AgentRegistry:
    """Who may take runs."""

    def __init__(self, database: Database, secrets: SecretBox) -> None:
        self._database = database
        self._secrets = secrets

    def enrol(
        self, name: str, pool: str, url: str, server: str = "", labels: Sequence[str] = ()
    ) -> AgentIdentity:
        """Add an agent; ``url`` is NATS' and ``server`` ours, as the agent reaches them.

        Raises :class:`Invalid` for bad names and :class:`Conflict` when the name is taken.
        """
        if not NAME.match(name):
            raise Invalid("name", "letters, digits, '_', '.', '-' only, 128 at most")
        if not POOL.match(pool):
            raise Invalid("pool", "letters, digits, '_', '-' only, 64 at most")
        given = checked_labels("labels", labels)
        key = new_secret()
        agent_id = new_hex()
        with self._database.write() as session:
            if session.scalar(select(Agent.id).where(Agent.name == name)) is not None:
                raise Conflict(f"an agent named {name} is enrolled already")
            session.add(
                Agent(
                    id=agent_id,
                    name=name,
                    pool=pool,
                    labels=given,
                    sealed_key=self._secrets.seal(key, KEY_PURPOSE),
                    created_at=epoch_ms(),
                )
            )
        return AgentIdentity(agent_id=agent_id, name=name, pool=pool, url=url, key=key, server=server)

    def revoke(self, name: str) -> bool:
        """Take an agent's access away; False when there is none of that name."""
        with self._database.write() as session:
            rows = session.scalars(
                update(Agent)
                .where(Agent.name == name, Agent.revoked_at.is_(None))
                .values(revoked_at=epoch_ms())
                .returning(Agent.id)
            ).all()
        return bool(rows)

    def drain(self, name: str, draining: bool) -> None:
        """Let an agent take nothing new and end what it has, or let it take runs again. Raises :class:`NotFound`."""
        with self._database.write() as session:
            set_draining(enrolled(session, name), draining)

    def label(self, name: str, labels: Sequence[str]) -> None:
        """Replace the labels an agent was given. Raises :class:`NotFound`, :class:`Invalid`."""
        given = checked_labels("labels", labels)
        with self._database.write() as session:
            enrolled(session, name).labels = given

    def all(self) -> list[Agent]:
        """All agents by name, revoked ones too."""
        with self._database.read() as session:
            return [*session.scalars(select(Agent).order_by(Agent.name))]

    def keys(self) -> list[tuple[str, str]]:
        """Id and key of every agent that is not revoked."""
        with self._database.read() as session:
            rows = session.execute(select(Agent.id, Agent.sealed_key).where(Agent.revoked_at.is_(None)))
            return [(agent_id, self._secrets.unseal(sealed, KEY_PURPOSE)) for agent_id, sealed in rows]


def enrolled(session: Session, name: str) -> Agent:
    """The agent of this name, locked. Raises :class:`NotFound`, also when its access was taken away."""
    query = select(Agent).where(Agent.name == name, Agent.revoked_at.is_(None)).with_for_update()
    # Not every text can be looked for.
    agent = session.scalars(query).one_or_none() if NAME.fullmatch(name) else None
    if agent is None:
        raise NotFound("agent", name)
    return agent


def set_draining(agent: Agent, draining: bool) -> None:
    """Drain an agent, or end that; doing it again changes nothing."""
    if draining != (agent.draining_at is not None):
        agent.draining_at = epoch_ms() if draining else None


def why_not(agent: Agent) -> str:
    """Why an agent that is online takes no runs; empty when it does."""
    return DRAINING if agent.draining_at is not None else str(agent.offer.get("refusing") or "")


def presence(agent: Agent, since: int) -> str:
    """``online``, ``draining``, or ``offline`` when it was last heard of before ``since`` (epoch milliseconds)."""
    if (agent.last_seen_at or 0) <= since:
        return "offline"
    return "draining" if agent.draining_at is not None or agent.offer.get("draining") else "online"


def online(session: Session, since: int) -> list[Agent]:
    """Agents heard of after ``since`` (epoch milliseconds), by name."""
    seen = select(Agent).where(Agent.revoked_at.is_(None), Agent.last_seen_at > since)
    return list(session.scalars(seen.order_by(Agent.name)))
