"""Handing runs to agents: the oldest one that the agent's pool may take, by one conditional update."""

import secrets
from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bottega.clock import epoch_ms
from bottega.runs.flavors import resources
from bottega.runs.messages import ClaimedRun, ClaimReply, Offer
from bottega.runs.service import SECRETS_PURPOSE, RunService
from bottega.runs.states import ACTIVE, RunState
from bottega.runs.tables import Agent, Run
from bottega.settings import Settings
from bottega.store.base import now_ms
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

LEVELS = ("process", "landlock", "bubblewrap")
POISON_TRIES = 20

log = structlog.get_logger(__name__)


class Claims:
    """Answers the agents' claim requests; any replica may."""

    def __init__(
        self,
        *,
        database: Database,
        secret_box: SecretBox,
        settings: Settings,
        runs: RunService,
        git: dict[str, Any],
        replica_id: str,
        log_size: Callable[[str], int],
    ) -> None:
        self._database = database
        self._secrets = secret_box
        self._settings = settings
        self._runs = runs
        self._git = git
        self._replica_id = replica_id
        self._log_size = log_size

    def claim(self, agent_id: str, offer: Offer) -> ClaimReply:
        """Give the agent the next run, or say why there is none."""
        with self._database.read() as session:
            # Most requests find nothing: those must not queue for the writer.
            pool = session.scalar(select(Agent.pool).where(Agent.id == agent_id, Agent.revoked_at.is_(None)))
            if pool is None:
                return ClaimReply(reason="this agent is not enrolled")
            waiting = select(Run.id).where(
                Run.state == RunState.QUEUED, Run.pool == pool, Run.arch == offer.arch
            )
            if session.scalar(waiting.limit(1)) is None:
                return ClaimReply(reason="nothing is waiting")
        with self._database.write() as session:
            agent = session.get(Agent, agent_id)
            if agent is None or agent.revoked_at is not None:
                return ClaimReply(reason="this agent is not enrolled")
            for _ in range(POISON_TRIES):
                run = self._candidate(session, agent, offer)
                if run is None:
                    return ClaimReply(reason="nothing is waiting")
                if why := self._too_weak(offer):
                    self._refuse(session, run, why)
                    continue
                try:
                    return ClaimReply(run=self._take(session, run, agent))
                except Exception as error:
                    # One run that cannot be prepared must not keep the others from being claimed.
                    log.exception("run cannot be prepared", run_id=run.id)
                    self._refuse(session, run, f"the run cannot be prepared: {type(error).__name__}")
        return ClaimReply(reason="several runs could not be prepared")

    def _candidate(self, session: Session, agent: Agent, offer: Offer) -> Run | None:
        busy = (
            select(Run.tenant_id, func.count().label("active"))
            .where(Run.state.in_(ACTIVE))
            .group_by(Run.tenant_id)
        )
        full = [
            tenant_id
            for tenant_id, active in session.execute(busy)
            if active >= self._runs.limits(session, tenant_id)[0]
        ]
        query = (
            select(Run)
            .where(
                Run.state == RunState.QUEUED,
                Run.pool == agent.pool,
                Run.arch == offer.arch,
                Run.tenant_id.not_in(full),
            )
            .order_by(Run.queued_at, Run.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        return session.scalars(query).first()

    def _too_weak(self, offer: Offer) -> str:
        required = self._settings.sandbox.require
        if LEVELS.index(offer.sandbox_level) >= LEVELS.index(required):
            return ""
        return (
            f"no agent may run this build: sandbox.require is {required}, "
            f"the agent offers only {offer.sandbox_level} ({'; '.join(offer.notes)})"
        )

    def _refuse(self, session: Session, run: Run, why: str) -> None:
        session.execute(
            update(Run)
            .where(Run.id == run.id, Run.state == RunState.QUEUED)
            .values(state=RunState.SCHEDULE_FAILURE, reason=why, finished_at=epoch_ms(), log_sealed=True)
        )
        session.expire(run)

    def _take(self, session: Session, run: Run, agent: Agent) -> ClaimedRun:
        cpus, memory = resources(run.flavor)
        secret_env: dict[str, str] = {}
        if run.sealed_secrets is not None:
            plain = self._secrets.unseal(run.sealed_secrets, SECRETS_PURPOSE)
            secret_env = msgspec.json.decode(plain, type=dict[str, str])
        settings = self._settings
        token = secrets.token_hex(16)
        lease_ms = int(settings.runs.lease_seconds * 1000)
        claimed = ClaimedRun(
            run_id=run.id,
            attempt=run.attempt + 1,
            lease_token=token,
            lease_seconds=settings.runs.lease_seconds,
            recorder_id=self._replica_id,
            name=run.task_name,
            number=run.number,
            spec=run.spec,
            secret_env=secret_env,
            limits={"cpus": cpus, "memory_bytes": memory},
            workspace_bytes=settings.runs.workspace_bytes,
            log_limit_bytes=settings.runs.log_limit_bytes,
            stop_grace_seconds=settings.runs.stop_grace_seconds,
            time_zone=settings.api.time_zone,
            git=self._git,
            read_only_paths=settings.sandbox.read_only_paths,
        )
        session.execute(
            update(Run)
            .where(Run.id == run.id, Run.state == RunState.QUEUED)
            .values(
                state=RunState.RUNNING,
                attempt=claimed.attempt,
                agent_id=agent.id,
                lease_token=token,
                lease_expires_at=now_ms() + lease_ms,
                recorder_id=self._replica_id,
                started_at=epoch_ms(),
                event_count=0,
                log_base=self._log_size(run.id),
                stages=[],
                reason="",
            )
        )
        return claimed
