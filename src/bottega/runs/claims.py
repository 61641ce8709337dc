"""Handing runs to agents: the next one that the agent may take, by one conditional update."""

import secrets
from collections.abc import Callable
from functools import cache
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bottega.clock import epoch_ms
from bottega.runs.agents import DRAINING, online
from bottega.runs.final import ended
from bottega.runs.flavors import resources
from bottega.runs.held import CLAIMABLE
from bottega.runs.messages import ClaimedRun, ClaimReply, Offer
from bottega.runs.own_credentials import take_out
from bottega.runs.pools import queue, registry
from bottega.runs.pools.abilities import Abilities, known, may_take, offered
from bottega.runs.pools.checked import checked
from bottega.runs.service import RunService
from bottega.runs.states import RunState
from bottega.runs.tables import Agent, Run
from bottega.scm.grants import granted
from bottega.settings import Settings
from bottega.store.base import now_ms
from bottega.store.database import Database

LEVELS = ("process", "landlock", "bubblewrap")
POISON_TRIES = 20
NOT_ENROLLED = "this agent is not enrolled"
NOTHING_WAITS = "nothing is waiting"

log = structlog.get_logger(__name__)


class Claims:
    """Answers the agents' claim requests; any replica may."""

    def __init__(
        self,
        *,
        database: Database,
        settings: Settings,
        runs: RunService,
        git: dict[str, Any],
        replica_id: str,
        log_size: Callable[[str], int],
    ) -> None:
        self._database = database
        self._settings = settings
        self._runs = runs
        self._git = git
        self._replica_id = replica_id
        self._log_size = log_size
        self._born_at = epoch_ms()

    def claim(self, agent_id: str, offer: Offer, *, likely: bool = False) -> ClaimReply:
        """Give the agent the next run, or say why there is none; ``likely`` that there is one."""
        offer = checked(offer)
        if why := self._runs.refusal():
            # A run that waits is better off than one whose log cannot be kept.
            return ClaimReply(reason=why)
        if not likely:
            # Unprompted requests mostly find nothing: those must not queue for the writer.
            with self._database.read() as session:
                agent = self._admit(session, agent_id, offer)
                if isinstance(agent, ClaimReply):
                    return agent
                if self._candidate(session, agent, offer) is None:
                    return self._nothing(session, agent, offer)
        with self._database.write() as session:
            self._database.one_at_a_time(session, "claims")
            agent = self._admit(session, agent_id, offer)
            if isinstance(agent, ClaimReply):
                return agent
            reply = self._hand_out(session, agent, offer)
        if reply.run is not None and reply.waiting:
            # One hint at a time is kept for a pool: this one wakes the next agent while the first is still at work.
            self._runs.hints.work(agent.pool, offer.arch)
        return reply

    def _admit(self, session: Session, agent_id: str, offer: Offer) -> Agent | ClaimReply:
        """The agent, or the reply when it gets nothing, whatever waits."""
        agent = session.get(Agent, agent_id)
        if agent is None or agent.revoked_at is not None:
            return ClaimReply(reason=NOT_ENROLLED)
        if agent.draining_at is not None:
            return ClaimReply(reason=DRAINING, unfit=True)
        weakness = self._weakness(offer)
        if weakness and self._stronger_agent(session, agent, offer):
            return ClaimReply(reason=weakness, unfit=True)
        return agent

    def _hand_out(self, session: Session, agent: Agent, offer: Offer) -> ClaimReply:
        weakness = self._weakness(offer)
        for _ in range(POISON_TRIES):
            run = self._candidate(session, agent, offer, lock=True)
            if run is None:
                return self._nothing(session, agent, offer)
            if weakness:
                self._refuse(session, run, f"no agent may run this build: {weakness}")
                continue
            try:
                claimed = self._take(session, run, agent)
            except Exception as error:
                # One run that cannot be prepared must not keep the others from being claimed.
                log.exception("run cannot be prepared", run_id=run.id)
                self._refuse(session, run, f"the run cannot be prepared: {type(error).__name__}")
            else:
                return ClaimReply(run=claimed, waiting=_more_wait(session, agent, offer))
        return ClaimReply(reason="several runs could not be prepared", waiting=True)

    def _candidate(self, session: Session, agent: Agent, offer: Offer, *, lock: bool = False) -> Run | None:
        """The next waiting run that the agent may take and whose tenant may have another one running."""
        if registry.full(session, agent.pool) is not None:
            return None
        active = queue.active_by_tenant(session)

        @cache
        def compared() -> tuple[Abilities, list[Abilities]]:
            return offered(agent, offer), self._others(session, agent, offer)

        def fits(demands: str) -> bool:
            # Most runs demand nothing, and then nobody needs to know what others offer.
            return not demands or may_take(demands, *compared())

        for waiting in queue.tenants(session, agent.pool, offer.arch, active):
            tenant_id = waiting.tenant_id
            if active.get(tenant_id, 0) >= self._runs.limits(session, tenant_id)[0]:
                continue
            run = queue.first_fitting(session, agent.pool, offer.arch, tenant_id, fits, lock=lock)
            if run is not None:
                return run
        return None

    def _nothing(self, session: Session, agent: Agent, offer: Offer) -> ClaimReply:
        """The reply when nothing that waits is for this agent."""
        waiting = queue.all_demands(session, agent.pool, offer.arch)
        if not any(waiting):
            return ClaimReply(reason=NOTHING_WAITS, waiting=bool(waiting))
        others = [other for other in self._others(session, agent, offer) if other.takes]
        me = offered(agent, offer)
        for_others = any(
            not may_take(demands, me, others) and any(may_take(demands, other, [me]) for other in others)
            for demands in waiting
        )
        return ClaimReply(reason=NOTHING_WAITS, waiting=bool(waiting), pass_on=for_others)

    def _others(self, session: Session, agent: Agent, offer: Offer) -> list[Abilities]:
        """What the other agents for the same runs can serve."""
        return [
            known(other)
            for other in online(session, self._expected_since())
            if other.id != agent.id and other.pool == agent.pool and other.arch == offer.arch
        ]

    def _weakness(self, offer: Offer) -> str:
        """Why the agent must not run a build; empty when it may."""
        required = self._settings.sandbox.require
        if _rank(offer.sandbox_level) >= _rank(required):
            return ""
        notes = f" ({'; '.join(offer.notes)})" if offer.notes else ""
        return f"sandbox.require is {required}, the agent offers only {offer.sandbox_level}{notes}"

    def _stronger_agent(self, session: Session, agent: Agent, offer: Offer) -> bool:
        """Whether another agent of the pool, online or expected back, is isolated well enough."""
        since = self._expected_since()
        required = _rank(self._settings.sandbox.require)
        return any(
            other.id != agent.id
            and other.pool == agent.pool
            and other.arch == offer.arch
            and _rank(str(other.offer.get("sandbox_level"))) >= required
            for other in online(session, since)
        )

    def _expected_since(self) -> int:
        """When agents that count as there were last heard at the latest (epoch milliseconds)."""
        lease_ms = int(self._settings.runs.lease_seconds * 1000)
        now = epoch_ms()
        # After a restart of the control plane all agents look silent until each has been heard once.
        return 0 if now - self._born_at < lease_ms else now - lease_ms

    def _refuse(self, session: Session, run: Run, why: str) -> None:
        session.execute(
            update(Run)
            .where(Run.id == run.id, Run.state == RunState.QUEUED)
            .values(
                state=RunState.SCHEDULE_FAILURE,
                reason=why,
                finished_at=epoch_ms(),
                # An earlier attempt, lost with its agent, has left a log that is still to be sealed.
                log_sealed=run.attempt == 0,
            )
        )
        self._runs.final.fire(session, ended(run, RunState.SCHEDULE_FAILURE))
        session.expire(run)

    def _take(self, session: Session, run: Run, agent: Agent) -> ClaimedRun:
        cpus, memory = resources(run.flavor)
        secret_env = self._runs.secret_env(run)
        own = take_out(secret_env, run.source_url)
        git = {**self._git, "credentials": [*own, *self._git.get("credentials", ())]}
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
            git=granted(git, run.spec["steps"], run.spec.get("steps_of", "")),
            read_only_paths=settings.sandbox.read_only_paths,
            secret_files=run.spec.get("secret_files", []),
            server_url=settings.http.public_url,
        )
        if run.attempt:
            self._runs.reported.fire_again(session, run)
        session.execute(
            update(Run)
            .where(Run.id == run.id, Run.state == RunState.QUEUED, Run.held == CLAIMABLE)
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


def _rank(level: str) -> int:
    """How strong a sandbox level is; agents may say anything."""
    return LEVELS.index(level) if level in LEVELS else -1


def _more_wait(session: Session, agent: Agent, offer: Offer) -> bool:
    """Whether anything is left, also what a tenant's limit still holds back."""
    return (
        session.scalar(select(Run.id).where(*queue.waiting_for(agent.pool, offer.arch)).limit(1)) is not None
    )
