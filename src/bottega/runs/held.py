"""Held runs: accepted and queued, but no agent gets them before what they wait for is there.

The record of a BuildFlow is held for as long as it lives: its jobs run, it only tells about them.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import event, update
from sqlalchemy.orm import Session

from bottega.clock import epoch_ms
from bottega.runs.final import ENDED_COLUMNS, FinalHooks, ended_rows
from bottega.runs.states import ACTIVE, RunState
from bottega.runs.tables import Run

CLAIMABLE = ""
"""Not held."""
PLAN = "plan"
"""What it executes is still to be read from its repository."""
FLOW = "flow"
"""A job of a BuildFlow that waits for other jobs."""
JOBS = "jobs"
"""The record of a BuildFlow."""

WAITS_FOR = {
    PLAN: "its build.yml is being read",
    FLOW: "waits for other jobs of the build flow",
    JOBS: "its jobs are being started",
}


class HeldRuns:
    """What may become of a held run: each is one conditional UPDATE, inside the caller's write transaction."""

    def __init__(self, final: FinalHooks, work: Callable[[str, str], None]) -> None:
        """``work`` tells the agents of a pool and architecture that there is work."""
        self._final = final
        self._work = work

    def release(self, session: Session, run_id: str, held: str, **values: Any) -> bool:
        """Let agents have the run, with ``values`` in its columns; False unless it is queued and held for ``held``.

        Agents are told when the transaction commits.
        """
        released = session.execute(
            update(Run)
            .where(Run.id == run_id, Run.state == RunState.QUEUED, Run.held == held)
            .values(held=CLAIMABLE, reason="", **values)
            .returning(Run.pool, Run.arch),
            execution_options={"synchronize_session": False},
        ).one_or_none()
        if released is None:
            return False
        self.announce_after_commit(session, released.pool, released.arch)
        return True

    def announce_after_commit(self, session: Session, pool: str, arch: str) -> None:
        """Tell the agents of a pool that there is work, when the transaction commits."""

        def announce(_session: Session) -> None:
            self._work(pool, arch)

        event.listen(session, "after_commit", announce, once=True)

    def refuse(
        self,
        session: Session,
        run_id: str,
        held: str,
        reason: str,
        state: RunState = RunState.SCHEDULE_FAILURE,
        **values: Any,
    ) -> bool:
        """End the run before it began, with ``values`` in its columns; False unless queued and held for ``held``."""
        return self._end(
            session,
            (Run.id == run_id, Run.state == RunState.QUEUED, Run.held == held),
            {"state": state, "reason": reason, "log_sealed": True, **values},
        )

    def explain(self, session: Session, run_id: str, held: str, reason: str) -> None:
        """Say why the run still waits."""
        session.execute(
            update(Run)
            .where(Run.id == run_id, Run.state == RunState.QUEUED, Run.held == held)
            .values(reason=reason),
            execution_options={"synchronize_session": False},
        )

    def begin_flow(self, session: Session, run_id: str, **values: Any) -> bool:
        """The planned run is the record of a BuildFlow, whose jobs begin; False unless it is held for its plan."""
        now = epoch_ms()
        begun = session.execute(
            update(Run)
            .where(Run.id == run_id, Run.state == RunState.QUEUED, Run.held == PLAN)
            .values(
                state=RunState.RUNNING,
                held=JOBS,
                reason="",
                started_at=now,
                runnable_at=now,
                # Its jobs have logs, it has none.
                log_sealed=True,
                **values,
            )
            .returning(Run.id),
            execution_options={"synchronize_session": False},
        ).one_or_none()
        return begun is not None

    def end_flow(self, session: Session, run: Run, state: RunState, reason: str, **values: Any) -> bool:
        """The record of a BuildFlow ends: all its jobs have. False when it is no longer in the state it was read in."""
        return self._end(
            session,
            (Run.id == run.id, Run.state == run.state, Run.state.in_(ACTIVE), Run.held == JOBS),
            {"state": state, "reason": reason, **values},
        )

    def _end(self, session: Session, which: tuple[Any, ...], values: dict[str, Any]) -> bool:
        row = session.execute(
            update(Run).where(*which).values(finished_at=epoch_ms(), **values).returning(*ENDED_COLUMNS),
            execution_options={"synchronize_session": False},
        ).one_or_none()
        if row is None:
            return False
        self._final.fire(session, ended_rows([row]))
        return True
