"""Scans whose run has ended without a result: they end with it, in the very transaction."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bottega.check.notices.outbox import scan_ended
from bottega.check.scans.states import ON_AGENT, ended_by
from bottega.check.tasks.tables import CheckScan
from bottega.clock import epoch_ms
from bottega.runs.final import EndedRun
from bottega.runs.states import FINAL, RunState
from bottega.runs.tables import Run
from bottega.store.database import Database

BATCH = 200
NO_RESULT = "the run ended and left no result"

_ON_AGENT = [str(state) for state in ON_AGENT]


def runs_ended(session: Session, ended: Sequence[EndedRun]) -> None:
    """To be called for all runs: any build may have had a check among its steps."""
    by_run = {one.run_id: one.state for one in ended}
    query = select(CheckScan).where(CheckScan.run_id.in_(list(by_run)), CheckScan.state.in_(_ON_AGENT))
    for scan in session.scalars(query):
        end(session, scan, by_run[scan.run_id])


def end(session: Session, scan: CheckScan, state: RunState) -> None:
    """The scan of a run that came to this end."""
    # Of the column: the row may have been changed by a statement that the session knows nothing of.
    reason = session.scalar(select(Run.reason).where(Run.id == scan.run_id))
    ended = (
        update(CheckScan)
        .where(CheckScan.id == scan.id, CheckScan.state.in_(_ON_AGENT))
        .values(state=ended_by(state), reason=reason or NO_RESULT, finished_at=epoch_ms())
        .returning(CheckScan.id)
    )
    if session.execute(ended).one_or_none() is not None:
        scan_ended(session, scan, ended_by(state))


class Leftovers:
    """Finds scans that nobody ended: the scan behind the hook above."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sweep(self) -> int:
        """End those whose run is over or gone; returns how many."""
        query = (
            select(CheckScan.id, Run.state)
            .outerjoin(Run, Run.id == CheckScan.run_id)
            .where(
                CheckScan.state.in_(_ON_AGENT),
                Run.id.is_(None) | Run.state.in_([str(state) for state in FINAL]),
            )
            .limit(BATCH)
        )
        with self._database.read() as session:
            if not session.execute(query).all():
                return 0
        with self._database.write() as session:
            found = session.execute(query).all()
            for scan_id, state in found:
                end(session, session.get_one(CheckScan, scan_id), RunState(state or RunState.LOST))
        return len(found)
