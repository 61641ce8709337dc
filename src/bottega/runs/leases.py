"""Leases: renewed by agents, ended by the database's clock."""

import structlog
from sqlalchemy import ColumnElement, case, select, update

from bottega.clock import epoch_ms
from bottega.runs.final import ENDED_COLUMNS, ended_rows
from bottega.runs.messages import Holding, Offer, Renewal
from bottega.runs.pools.checked import checked, kept
from bottega.runs.service import RunService
from bottega.runs.states import ACTIVE, RunState
from bottega.runs.tables import Agent, Run
from bottega.settings import RunSettings
from bottega.store.base import now_ms
from bottega.store.database import Database

LEASE_GRACE_MS = 1_000
OVERDUE_MARGIN_MS = 5 * 60 * 1000
"""A runner ends a run at its limit. So long after that, and after the grace of a stop, nobody waits for it any more."""
OVERDUE_REASON = "exceeded its limit, and its agent did not end it"

log = structlog.get_logger(__name__)


class Leases:
    """Renewal and reaping. A lease that ended is never renewed: its runner has killed its tree before that moment.

    Nor is the lease of an attempt that should have ended long ago, whatever its agent says: it runs out.
    """

    def __init__(self, database: Database, settings: RunSettings, runs: RunService) -> None:
        self._database = database
        self._settings = settings
        self._runs = runs

    def renew(self, agent_id: str, offer: Offer, holdings: list[Holding]) -> list[Renewal] | None:
        """Extend the leases the agent still has, and note that it is there; None when it is not enrolled."""
        lease_ms = int(self._settings.lease_seconds * 1000)
        renewals: list[Renewal] = []
        offer = checked(offer)
        with self._database.write() as session:
            seen = session.execute(
                update(Agent)
                .returning(Agent.id)
                .where(Agent.id == agent_id, Agent.revoked_at.is_(None))
                .values(
                    last_seen_at=now_ms(),
                    arch=offer.arch,
                    slots=offer.slots,
                    offer=kept(offer),
                )
            )
            if seen.one_or_none() is None:
                return None
            for holding in holdings:
                row = session.execute(
                    update(Run)
                    .where(
                        Run.id == holding.run_id,
                        Run.agent_id == agent_id,
                        Run.lease_token == holding.lease_token,
                        Run.state.in_(ACTIVE),
                        Run.lease_expires_at > now_ms(),
                        ~self._overdue(),
                    )
                    .values(lease_expires_at=now_ms() + lease_ms)
                    .returning(Run.state, Run.recorder_id)
                ).one_or_none()
                renewals.append(
                    Renewal(
                        run_id=holding.run_id,
                        attempt=holding.attempt,
                        held=row is not None,
                        stop=row is not None and row.state == RunState.STOPPING,
                        stop_grace_seconds=self._settings.stop_grace_seconds,
                        recorder_id=(row.recorder_id or "") if row is not None else "",
                    )
                )
        return renewals

    def reap(self) -> list[str]:
        """End the attempts whose lease is over: another attempt, LOST after the last, ABORTED when a stop was asked.

        TIMEOUT for one that had all its time: another attempt would have as much again. Returns the ids of the runs it
        changed.
        """
        expired = (Run.state.in_(ACTIVE), Run.lease_expires_at < now_ms() - LEASE_GRACE_MS)
        with self._database.read() as session:
            if session.scalars(select(Run.id).where(*expired).limit(1)).first() is None:
                return []
        with self._database.write() as session:
            stopped = session.execute(
                update(Run)
                .where(*expired, Run.state == RunState.STOPPING)
                .values(
                    state=RunState.ABORTED,
                    finished_at=epoch_ms(),
                    reason=Run.reason + " (its agent was lost)",
                )
                .returning(*ENDED_COLUMNS)
            ).all()
            overdue = session.execute(
                update(Run)
                .where(*expired, Run.state == RunState.RUNNING, self._overdue())
                .values(
                    state=RunState.TIMEOUT,
                    finished_at=epoch_ms(),
                    reason=OVERDUE_REASON,
                    lease_token=None,
                )
                .returning(*ENDED_COLUMNS, Run.pool, Run.arch)
            ).all()
            again = (*expired, Run.state == RunState.RUNNING)
            exhausted = Run.attempt >= self._settings.max_attempts
            again_or_lost = session.execute(
                update(Run)
                .where(*again)
                .values(
                    state=case((exhausted, RunState.LOST), else_=RunState.QUEUED),
                    reason=case(
                        (exhausted, "the agent was lost and no attempt is left"),
                        else_="the agent was lost; waiting for another attempt",
                    ),
                    finished_at=case((exhausted, epoch_ms()), else_=None),
                    lease_token=None,
                    agent_id=case((exhausted, Run.agent_id), else_=None),
                )
                .returning(*ENDED_COLUMNS, Run.pool, Run.arch)
            ).all()
            rows = [*overdue, *again_or_lost]
            self._runs.final.fire(session, ended_rows([*stopped, *rows]))
        for row in rows:
            log.warning("lease ended", run_id=row.id, state=str(row.state))
            if row.state == RunState.QUEUED:
                self._runs.hints.work(row.pool, row.arch)
        return [row.id for row in rows]

    def _overdue(self) -> ColumnElement[bool]:
        """The condition for attempts that have run far beyond their limit."""
        limit_ms = Run.spec["timeout_seconds"].as_float() * 1000
        late_ms = OVERDUE_MARGIN_MS + self._settings.stop_grace_seconds * 1000
        return Run.started_at + limit_ms + late_ms < now_ms()
