"""Storing what agents report. Repeats are recognised by offset, gaps are told back, stale attempts are refused."""

from collections.abc import Callable, Sequence

import msgspec
import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bottega.clock import epoch_ms
from bottega.runs.events import ERROR_OUTCOME, AnyEvent, Finished, UnreadableEvent, read_events
from bottega.runs.final import FinalHooks, ended
from bottega.runs.held import CLAIMABLE
from bottega.runs.journal import Changes, apply_events
from bottega.runs.logs.live import Gap, LiveLogs
from bottega.runs.messages import Report, Stored
from bottega.runs.reported import ReportHooks
from bottega.runs.states import ACTIVE, FINAL, RunState
from bottega.runs.tables import Run
from bottega.settings import RunSettings
from bottega.store.database import Database

log = structlog.get_logger(__name__)


class Known(msgspec.Struct):
    """What the recorder remembers of a live attempt, so that a log chunk costs no query."""

    agent_id: str
    lease_token: str
    log_base: int
    event_count: int


class Recorder:
    """One per replica; called from one thread at a time, so that reports of a run are stored in order."""

    def __init__(
        self,
        database: Database,
        live: LiveLogs,
        settings: RunSettings,
        final: FinalHooks,
        reported: ReportHooks,
    ) -> None:
        self._database = database
        self._live = live
        self._settings = settings
        self._final = final
        self._reported = reported
        self._known: dict[str, Known] = {}
        self.finished: Callable[[list[tuple[str, str]]], None] = lambda _waiting: None

    def store(self, agent_id: str, report: Report) -> Stored:
        """Store one report and say what is durable now. Raises ``OSError`` when the log cannot be written."""
        known = self._known.get(report.run_id)
        if known is None or known.agent_id != agent_id or known.lease_token != report.lease_token:
            known, answer = self._recognise(agent_id, report)
            if known is None:
                return answer
        answer = Stored(run_id=report.run_id, attempt=report.attempt)
        try:
            size = self._live.append(report.run_id, known.log_base + report.log_offset, report.log)
        except Gap as gap:
            answer.log_size = gap.size - known.log_base
            answer.event_count = known.event_count
            return answer
        answer.log_size = size - known.log_base
        events = [
            event
            for event in _readable(report, known)
            if event.seq >= known.event_count and event.log <= answer.log_size
        ]
        if events and events[0].seq == known.event_count:
            self._apply(report, known, events, size, answer)
        answer.event_count = known.event_count
        return answer

    def forget(self, run_ids: Sequence[str]) -> None:
        """The leases of these runs were ended: look at their rows again before believing a report."""
        for run_id in run_ids:
            self._known.pop(run_id, None)

    def _recognise(self, agent_id: str, report: Report) -> tuple[Known | None, Stored]:
        answer = Stored(run_id=report.run_id, attempt=report.attempt)
        with self._database.read() as session:
            run = session.get(Run, report.run_id)
            if run is None or run.agent_id != agent_id or run.lease_token != report.lease_token:
                answer.refused = True
            elif RunState(run.state) in FINAL:
                answer.done = True
            else:
                known = Known(agent_id, report.lease_token, run.log_base, run.event_count)
                self._known[report.run_id] = known
                return known, answer
        return None, answer

    def _apply(self, report: Report, known: Known, events: list[AnyEvent], size: int, answer: Stored) -> None:
        if any(isinstance(event, Finished) for event in events):
            # The agent forgets its copy once it hears that the run is done.
            self._live.sync(report.run_id)
        with self._database.write() as session:
            run = session.get(Run, report.run_id, with_for_update=True)
            if run is None or run.lease_token != report.lease_token or run.state not in ACTIVE:
                self._known.pop(report.run_id, None)
                answer.refused = True
                return
            changes = apply_events(run, events, attempts_left=run.attempt < self._settings.max_attempts)
            changes.values["event_count"] = events[-1].seq + 1
            changes.values["log_size"] = size
            self._write(session, run, changes)
            self._reported.fire(session, run, events)
            waiting: list[tuple[str, str]] = []
            if changes.ended:
                self._final.fire(session, ended(run, changes.values["state"]))
                waiting = self._waiting(session)
        # Not before the commit: what was not stored has to be reported again.
        known.event_count = changes.values["event_count"]
        if changes.ended:
            self._known.pop(report.run_id, None)
            answer.done = True
            log.debug("run ended", run_id=run.id, state=str(changes.values["state"]))
            self.finished(waiting)

    @staticmethod
    def _waiting(session: Session) -> list[tuple[str, str]]:
        """Pools and architectures with queued runs: a slot and a place within a tenant's limit became free."""
        queued = (Run.state == RunState.QUEUED, Run.held == CLAIMABLE)
        query = select(Run.pool, Run.arch).where(*queued).distinct()
        return [(pool, arch) for pool, arch in session.execute(query)]

    def _write(self, session: Session, run: Run, changes: Changes) -> None:
        session.execute(
            update(Run)
            .where(Run.id == run.id, Run.lease_token == run.lease_token, Run.state == run.state)
            .values(**changes.values)
            .execution_options(synchronize_session=False)
        )


def _readable(report: Report, known: Known) -> list[AnyEvent]:
    """The report's events; one that nobody can read ends the run, which would otherwise be reported for ever."""
    try:
        return read_events(report.events)
    except UnreadableEvent as error:
        log.warning("unreadable event", run_id=report.run_id, agent_id=known.agent_id, error=str(error))
        reason = f"its agent reported something this server cannot read: {error}"
        return [Finished(seq=known.event_count, at=epoch_ms(), log=0, outcome=ERROR_OUTCOME, reason=reason)]
