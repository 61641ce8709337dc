"""The scan that moves flows on. Every replica makes it, and again whenever it hears that a job has ended."""

from collections.abc import Callable, Sequence

import structlog
from sqlalchemy import event
from sqlalchemy.orm import Session

from bottega.build.flows.advancing import advance
from bottega.build.flows.due import due
from bottega.build.kinds import JOB
from bottega.runs.final import EndedRun
from bottega.runs.service import RunService
from bottega.store.database import Database, DatabaseClosed

log = structlog.get_logger(__name__)


class FlowService:
    def __init__(self, database: Database, runs: RunService) -> None:
        self._database = database
        self._runs = runs
        self._failing: set[str] = set()

    def scan(self) -> int:
        """Move on every flow that can be; returns how many that were."""
        with self._database.read() as session:
            found = due(session)
        for flow_id in found:
            try:
                with self._database.write() as session:
                    advance(session, self._runs, flow_id)
            except DatabaseClosed:
                raise
            except Exception:
                # One flow must not be in the way of the others.
                if flow_id not in self._failing:
                    log.exception("a build flow cannot be moved on", run_id=flow_id)
                self._failing.add(flow_id)
            else:
                self._failing.discard(flow_id)
        return len(found)


def job_ended(told: Callable[[], None]) -> Callable[[Session, Sequence[EndedRun]], None]:
    """A hook of the execution layer: the flow of a job that has ended is looked at when that is stored.

    Not in the same transaction, which holds the job's row: flows are locked before their jobs.
    """

    def after_commit(_session: Session) -> None:
        told()

    def tell(session: Session, ended: Sequence[EndedRun]) -> None:
        if any(one.kind == JOB for one in ended):
            event.listen(session, "after_commit", after_commit, once=True)

    return tell
