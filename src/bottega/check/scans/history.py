"""What is told of the checks of a task: how far one is, which there were, and what they found."""

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bottega.check import access
from bottega.check.access import Action
from bottega.check.errors import UnknownScan
from bottega.check.identifiers import check_id
from bottega.check.scans.states import UNFINISHED, ScanState
from bottega.check.tasks import reading
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.iam.principal import Principal
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from bottega.store.database import Database

_CHECKING_OUT, _SCANNING, _STORING, _DONE = 10, 40, 90, 100
"""Percent: the shares are rough, as nobody knows before how long an analyser takes."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """``scan`` is None for a task that was never checked, ``percent`` for a check that went wrong."""

    scan: CheckScan | None
    percent: int | None = None


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Checks that were started in ``[since, until]`` (epoch milliseconds, 0 is open), in one of ``states`` if any."""

    since: int = 0
    until: int = 0
    states: Collection[str] = ()


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The newest first."""

    rows: Sequence[CheckScan]
    total: int


class LastScans(msgspec.Struct, frozen=True, kw_only=True):
    """Ids of the newest check, and of the newest that succeeded; empty for none."""

    last: str
    last_success: str


class ScanHistory:
    """All need the right to see the task. Raises :class:`Invalid`, :class:`UnknownTask`, :class:`Forbidden`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def progress(self, principal: Principal, task_id: str, scan_id: str = "") -> Progress:
        """How far the check with this id is, or the newest. Raises :class:`UnknownScan` too."""
        with self._database.read() as session:
            _, scan = self.found(session, principal, task_id, scan_id)
            if scan is None:
                return Progress(scan=None)
            run = session.get(Run, scan.run_id)
            return Progress(scan=scan, percent=_percent(scan, run))

    def found(
        self, session: Session, principal: Principal, task_id: str, scan_id: str
    ) -> tuple[CheckTask, CheckScan | None]:
        """A task, and its check with this id, or its newest if it has any. Raises :class:`UnknownScan` too."""
        task = self._task(session, principal, task_id)
        return task, reading.scan(session, task, scan_id) if scan_id else reading.latest(session, task)

    def page(
        self,
        principal: Principal,
        task_id: str,
        window: Window,
        *,
        offset: int,
        limit: int,
        project_id: str = "",
    ) -> Page:
        """Checks of a task; with a project it has to be the task's."""
        with self._database.read() as session:
            if project_id:
                reading.in_project(session, principal.tenant_id, project_id, task_id)
            task = self._task(session, principal, task_id)
            where = [CheckScan.task_id == task.id]
            if window.since or window.until:
                started = func.coalesce(CheckScan.started_at, CheckScan.created_at)
                where.append(started >= window.since)
                if window.until:
                    where.append(started <= window.until)
            if window.states:
                where.append(CheckScan.state.in_(sorted(window.states)))
            total = session.scalar(select(func.count()).select_from(CheckScan).where(*where)) or 0
            query = select(CheckScan).where(*where).order_by(CheckScan.number.desc())
            return Page(rows=session.scalars(query.offset(offset).limit(limit)).all(), total=total)

    def last(self, principal: Principal, task_id: str) -> LastScans:
        """The newest checks."""
        with self._database.read() as session:
            task = self._task(session, principal, task_id)
            newest = reading.latest(session, task)
            success = reading.latest(session, task, ScanState.SUCCESS)
            return LastScans(
                last="" if newest is None else newest.id, last_success="" if success is None else success.id
            )

    def scan_of(
        self, session: Session, principal: Principal, scan_id: str, field: str
    ) -> tuple[CheckTask, CheckScan]:
        """A check by its id alone, and its task. Raises :class:`UnknownScan` too."""
        check_id(scan_id, field)
        scan = session.get(CheckScan, scan_id)
        if scan is None or scan.tenant_id != principal.tenant_id:
            raise UnknownScan(scan_id)
        return self._task(session, principal, scan.task_id), scan

    @staticmethod
    def _task(session: Session, principal: Principal, task_id: str) -> CheckTask:
        task = reading.task(session, principal.tenant_id, task_id)
        access.require_on_task(session, principal, task, Action.GET)
        return task


def _percent(scan: CheckScan, run: Run | None) -> int | None:
    state = ScanState(scan.state)
    if state not in UNFINISHED:
        return _DONE if state is ScanState.SUCCESS else None
    if state is ScanState.STORING:
        return _STORING
    if state is ScanState.RUNNING:
        return _SCANNING
    return 0 if run is None or run.state == RunState.QUEUED else _CHECKING_OUT
