"""The logs of checks: pages from either end, the whole as a file, and what one says of a failure."""

from collections.abc import Iterator

import msgspec

from bottega.check.errors import UnknownScan
from bottega.check.scans import reading as scans
from bottega.check.scans.history import ScanHistory
from bottega.check.scans.states import UNFINISHED
from bottega.check.tasks import reading
from bottega.check.tasks.settings import TaskSettings
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.iam.principal import Principal
from bottega.runs.logs.reader import LogGone, LogReader, without_debug
from bottega.runs.logs.zipped import zipped
from bottega.runs.states import FINAL
from bottega.runs.tables import Run
from bottega.store.database import Database

WINDOW_BYTES = 1_000_000
"""How far back a page is looked for."""
TAIL_LINES = 1000


class LogPage(msgspec.Struct, frozen=True, kw_only=True):
    """Lines of the bytes ``[start, end)``. ``more``: there are others in the direction that was asked for."""

    text: str
    start: int
    end: int
    more: bool


class LogDetail(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown of a check that failed; ``scan`` is None for a task that was never checked."""

    task: CheckTask
    settings: TaskSettings
    scan: CheckScan | None
    log: str


class ScanLogs:
    """All need the right to see the task.

    Raises :class:`Invalid`, :class:`UnknownTask`, :class:`UnknownScan`, :class:`Forbidden`, and :class:`LogGone` and
    :class:`Unavailable` of the log reader.
    """

    def __init__(self, database: Database, logs: LogReader, history: ScanHistory) -> None:
        self._database = database
        self._logs = logs
        self._history = history

    def page(self, principal: Principal, scan_id: str, start: int, lines: int) -> LogPage:
        """``lines`` from the byte ``start`` on, in their order."""
        run = self._run(principal, scan_id, "job_id")
        if run is None:
            return LogPage(text="", start=start, end=start, more=False)
        page = self._logs.page(run, start, max_lines=lines)
        return LogPage(text=page.text, start=page.start, end=page.end, more=not page.complete)

    def page_back(self, principal: Principal, scan_id: str, end: int, lines: int) -> LogPage:
        """The last ``lines`` before the byte ``end``, or of the whole log when that is 0."""
        run = self._run(principal, scan_id, "job_id")
        if run is None:
            return LogPage(text="", start=0, end=0, more=False)
        return self._back(run, end, lines)

    def download(self, principal: Principal, scan_id: str) -> tuple[str, Iterator[bytes]]:
        """A zip archive with the whole log: its name, and its bytes in pieces."""
        run = self._run(principal, scan_id, "sub_job_id")
        if run is None:
            raise UnknownScan(scan_id)
        name = f"check-{run.number}.log"
        at = run.finished_at or run.created_at
        return f"{name}.zip", zipped(name, self._logs.stream(run), size=self._logs.size(run), at_ms=at)

    def detail(self, principal: Principal, project_id: str, task_id: str, scan_id: str) -> LogDetail:
        """The last lines of the check with this id, or of the newest."""
        with self._database.read() as session:
            reading.in_project(session, principal.tenant_id, project_id, task_id)
            task, scan = self._history.found(session, principal, task_id, scan_id)
            settings = scans.settings_for(session, task)
            run = None if scan is None else session.get(Run, scan.run_id)
        log = ""
        if run is not None and scan is not None and scan.state not in {str(state) for state in UNFINISHED}:
            try:
                log = self._back(run, 0, TAIL_LINES).text
            except LogGone:
                log = ""
        return LogDetail(task=task, settings=settings, scan=scan, log=log)

    def _back(self, run: Run, end: int, lines: int) -> LogPage:
        size = self._logs.size(run)
        stop = min(end, size) if end else size
        begin = max(0, stop - WINDOW_BYTES)
        raw = b"".join(self._logs.stream(run, level="DEBUG", start=begin, end=stop)) if stop else b""
        if run.state not in FINAL:
            raw = raw[: raw.rfind(b"\n") + 1]
        kept = raw.splitlines(keepends=True)
        if begin:
            # The first one is most likely cut.
            kept = kept[1:]
        kept = kept[-lines:] if lines else []
        length = sum(map(len, kept))
        last = begin + len(raw)
        text = without_debug(b"".join(kept)).decode("utf-8", "replace")
        return LogPage(text=text, start=last - length, end=last, more=last - length > 0)

    def _run(self, principal: Principal, scan_id: str, field: str) -> Run | None:
        with self._database.read() as session:
            _, scan = self._history.scan_of(session, principal, scan_id, field)
            return session.get(Run, scan.run_id)
