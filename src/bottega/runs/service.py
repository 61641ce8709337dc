"""Accepting and stopping runs. The row is the truth; what is published afterwards is only a hint."""

from collections.abc import Callable

import msgspec
from sqlalchemy import ColumnElement, case, event, func, null, select, update
from sqlalchemy.orm import Session

from bottega.clock import epoch_ms
from bottega.errors import AlreadyFinished, Unavailable
from bottega.ids import new_uuid
from bottega.runs import queries
from bottega.runs import waiting as waiting_runs
from bottega.runs.final import ENDED_COLUMNS, FinalHooks, ended, ended_rows
from bottega.runs.held import CLAIMABLE, FLOW, JOBS, HeldRuns
from bottega.runs.reported import ReportHooks
from bottega.runs.secret_files import SecretFileProvider, no_files
from bottega.runs.spec import NewRun
from bottega.runs.states import RunState, sources_of
from bottega.runs.tables import Run, TenantLimit
from bottega.settings import RunSettings
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

SECRETS_PURPOSE = "run secrets"


class Hints:
    """Where the service says that something changed; a periodic scan repairs what nobody heard."""

    def __init__(self) -> None:
        self.work: Callable[[str, str], None] = lambda _pool, _arch: None
        self.stop: Callable[[str, str], None] = lambda _agent_id, _run_id: None
        self.held: Callable[[], None] = lambda: None


class RunService:
    """What the domains (builds, checks) ask of the execution layer."""

    def __init__(self, database: Database, secrets: SecretBox, settings: RunSettings) -> None:
        self._database = database
        self._secrets = secrets
        self._settings = settings
        self.hints = Hints()
        self.final = FinalHooks()
        self.held = HeldRuns(self.final, self.announce_to)
        self.reported = ReportHooks()
        self.on_submit: list[Callable[[Session, Run], None]] = []
        """Called in the transaction that queues a run; must be quick, and should never raise."""
        self.refusal: Callable[[], str] = lambda: ""
        self.secret_files: SecretFileProvider = no_files

    def submit(self, session: Session, new: NewRun) -> Run:
        """Queue a run inside the caller's write transaction; call :meth:`announce` after it committed.

        Raises :class:`Unavailable` when the disk is low or the tenant's queue is full; never for a job of a BuildFlow,
        which was accepted with its record.
        """
        if new.parent_run_id is None:
            self._require_room(session, new.tenant_id)
        now = epoch_ms()
        values = msgspec.structs.asdict(new)
        secret_env = values.pop("secret_env")
        spec = msgspec.to_builtins(values.pop("spec"))
        sealed = (
            self._secrets.seal(msgspec.json.encode(secret_env).decode(), SECRETS_PURPOSE)
            if secret_env
            else None
        )
        run = Run(
            id=values.pop("run_id") or new_uuid(),
            state=RunState.QUEUED,
            spec=spec,
            sealed_secrets=sealed,
            created_at=now,
            queued_at=now,
            **values,
        )
        session.add(run)
        for hook in self.on_submit:
            hook(session, run)
        return run

    def secret_env(self, run: Run) -> dict[str, str]:
        """The private values of a run, by name."""
        if run.sealed_secrets is None:
            return {}
        plain = self._secrets.unseal(run.sealed_secrets, SECRETS_PURPOSE)
        return msgspec.json.decode(plain, type=dict[str, str])

    def announce_to(self, pool: str, arch: str) -> None:
        """Tell the agents of a pool that there is work."""
        self.hints.work(pool, arch)

    def announce_held(self) -> None:
        """Tell whoever looks after held runs that there is something to do."""
        self.hints.held()

    def announce(self, run: Run) -> None:
        """Tell the agents of the run's pool that there is work, or whoever looks after held runs."""
        if run.held:
            self.hints.held()
        else:
            self.hints.work(run.pool, run.arch)

    def stop(self, tenant_id: str, run_id: str, user_name: str) -> RunState:
        """Stop a run: a queued one is ABORTED at once, a running one is STOPPING until its death is proven.

        Asking again while it is stopping is fine. Raises :class:`NotFound`, :class:`AlreadyFinished`.
        """
        now = epoch_ms()
        asked = {"stop_requested_at": now, "stop_user_name": user_name}
        with self._database.write() as session:
            run = queries.get(session, tenant_id, run_id)
            if run.state in sources_of(RunState.STOPPING):
                target, extra = RunState.STOPPING, {}
            elif run.state == RunState.QUEUED:
                # An earlier attempt, lost with its agent, has left a log that is still to be sealed.
                target, extra = RunState.ABORTED, {"finished_at": now, "log_sealed": run.attempt == 0}
            elif run.state == RunState.STOPPING:
                return RunState.STOPPING
            else:
                raise AlreadyFinished(f"build {run.number} is already {run.state}")
            changed = session.execute(
                update(Run)
                .where(Run.id == run_id, Run.state == run.state)
                .values(state=target, reason=f"stopped by {user_name}", **asked, **extra)
                .returning(Run.id)
            ).one_or_none()
            agent_id = run.agent_id
            if changed is not None:
                self.final.fire(session, ended(run, target))
        if changed is None:
            return self.stop(tenant_id, run_id, user_name)
        if run.held == JOBS:
            self.hints.held()
        if target is RunState.STOPPING and agent_id:
            self.hints.stop(agent_id, run_id)
        return target

    def stop_all(self, session: Session, user_name: str, *which: ColumnElement[bool]) -> None:
        """Stop the runs that ``which`` matches inside the caller's write transaction; agents are told when it commits.

        As by :meth:`stop`: queued ones are ABORTED, running ones STOPPING, and others stay as they are.
        """
        now = epoch_ms()
        queued = Run.state == RunState.QUEUED
        # One statement for both: between two a run could change from the one state to the other.
        changed = session.execute(
            update(Run)
            .where(*which, Run.state.in_([RunState.QUEUED, RunState.RUNNING]))
            .values(
                state=case((queued, RunState.ABORTED), else_=RunState.STOPPING),
                finished_at=case((queued, now), else_=null()),
                log_sealed=queued & (Run.attempt == 0),
                reason=f"stopped by {user_name}",
                stop_requested_at=now,
                stop_user_name=user_name,
            )
            .returning(*ENDED_COLUMNS, Run.agent_id, Run.held),
            execution_options={"synchronize_session": False},
        ).all()
        self.final.fire(session, ended_rows(changed))
        running = [
            (row.agent_id, row.id) for row in changed if row.agent_id and row.state == RunState.STOPPING
        ]

        flows = any(row.held == JOBS for row in changed)

        def tell(_session: Session) -> None:
            for agent_id, run_id in running:
                self.hints.stop(agent_id, run_id)
            if flows:
                self.hints.held()

        if running or flows:
            event.listen(session, "after_commit", tell, once=True)

    def limits(self, session: Session, tenant_id: str) -> tuple[int, int]:
        """How many runs of the tenant may run at a time, and how many may wait."""
        own = session.get(TenantLimit, tenant_id)
        if own is not None:
            return own.concurrency, own.queue
        return self._settings.tenant_concurrency, self._settings.tenant_queue

    def _require_room(self, session: Session, tenant_id: str) -> None:
        if why := self.refusal():
            raise Unavailable(why)
        self._database.one_at_a_time(session, f"queue of {tenant_id}")
        limit = self.limits(session, tenant_id)[1]
        waiting = session.scalar(
            select(func.count())
            .select_from(Run)
            # A job that waits for other jobs asks nothing of the agents yet.
            .where(Run.tenant_id == tenant_id, Run.state == RunState.QUEUED, Run.held != FLOW)
        )
        if waiting is not None and waiting >= limit:
            raise Unavailable(f"the tenant's queue is full: {waiting} runs are waiting, {limit} are allowed")

    @property
    def silent_after_ms(self) -> int:
        """How long an agent may be silent, in milliseconds, and still count as online."""
        return int(self._settings.lease_seconds * 1000)

    def waiting_reason(self, session: Session, run: Run) -> str:
        """Why a queued run is not running yet; empty for any other run."""
        if run.state != RunState.QUEUED:
            return ""
        if run.held == CLAIMABLE and (why := self.refusal()):
            return why
        since = epoch_ms() - self.silent_after_ms
        limit = self.limits(session, run.tenant_id)[0]
        return waiting_runs.reason(session, run, since=since, tenant_limit=limit)
