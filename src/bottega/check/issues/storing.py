"""What a scan found becomes the issues of its task."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bottega.check.errors import UnknownScan, UnknownTask
from bottega.check.findings import Finding
from bottega.check.issues import cleaning
from bottega.check.issues.counting import change_counts, counts_of
from bottega.check.issues.deciding import Circumstances, Decision, decide
from bottega.check.issues.errors import MAX_ISSUES, TooManyIssues
from bottega.check.issues.figures import coverage, issue_figures, open_by_severity, size_figures
from bottega.check.issues.files import FileRow, file_rows, known_files, write_duplicates, write_files
from bottega.check.issues.inherited import inherited
from bottega.check.issues.marks import ScanMarks, marks_of
from bottega.check.issues.owners import Owners
from bottega.check.issues.remembered import Remembered, remembered
from bottega.check.issues.scope import looked_at
from bottega.check.issues.tables import CheckIssue
from bottega.check.issues.writing import write
from bottega.check.scanning.plan import UNCHANGED, EngineChoice, ScanResult
from bottega.check.scans import reading as scans
from bottega.check.tasks import reading
from bottega.check.tasks.settings import TaskSettings
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.check.tracking.changed import tolerated
from bottega.check.tracking.matching import match
from bottega.check.tracking.snapshots import FileSnapshot
from bottega.clock import epoch_ms
from bottega.store.database import Database

TRIES = 3
"""How often it is decided again because somebody changed an issue meanwhile; the last time nobody can."""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What a gate needs: open issues by severity (deferred ones do not count), all other totals, and the coverage."""

    counts: list[int]
    figures: dict[str, Any]
    coverage: dict[str, Any]


class _Loaded(msgspec.Struct, kw_only=True):
    """What was read before anything is decided."""

    version: int
    number: int
    previous_id: str
    previous: ScanMarks | None
    marks: ScanMarks
    settings: TaskSettings
    next_number: int
    known: list[Remembered]
    files: dict[str, FileRow]
    owners: Owners | None
    inherited: Mapping[str, Any]
    tenant_id: str


class IssueStore:
    """Stores results of scans. What is compared is compared in memory; the database is written in one transaction."""

    def __init__(self, database: Database, renamed: Callable[[], Mapping[str, str]] = dict) -> None:
        """``renamed`` tells the present id of each id a rule had earlier; it is not asked in a transaction."""
        self._database = database
        self._renamed = renamed

    def store(
        self,
        scan_id: str,
        result: ScanResult,
        before: Mapping[str, FileSnapshot],
        choices: Sequence[EngineChoice] | None = None,
        base: Mapping[str, FileSnapshot] | None = None,
    ) -> Stored:
        """Make the findings the issues of the scan's task; storing a scan again changes nothing.

        ``before`` are the files of the task's last scan; before its first one ``base`` may tell which code was there
        already, such as that of the default branch. ``choices`` are those the scan was planned with; without them
        the ones noted in the scan's row hold. Raises :class:`TooManyIssues`, :class:`UnknownScan`,
        :class:`UnknownTask` for a task that was deleted meanwhile.
        """
        if len(result.findings) > MAX_ISSUES:
            raise TooManyIssues(one.rule for one in result.findings)
        work = _Work(scan_id, result, before, choices, self._renamed())
        if not before and base:
            work.compare_with(base)
        for _ in range(TRIES - 1):
            with self._database.read() as session:
                done = work.load(session)
            if done is not None:
                return done
            decision = work.decide()
            with self._database.write() as session:
                if work.still_holds(session):
                    return work.write(session, decision)
        with self._database.write() as session:
            if (done := work.load(session, lock=True)) is not None:
                return done
            return work.write(session, work.decide())


class _Work:
    """One result on its way into the tables."""

    def __init__(
        self,
        scan_id: str,
        result: ScanResult,
        before: Mapping[str, FileSnapshot],
        choices: Sequence[EngineChoice] | None,
        renamed: Mapping[str, str],
    ) -> None:
        self._scan_id = scan_id
        self._renamed = renamed
        self._result = result
        self._before = {cleaning.path(path): file for path, file in before.items()}
        self._there = self._before
        self._choices = choices
        self._now = epoch_ms()
        self._findings: list[Finding] = cleaning.clean(result.findings)
        self._files = {
            cleaning.path(file.path): FileSnapshot(file.sha256, file.line_hashes) for file in result.files
        }
        self._file_rows = file_rows(result.files)
        self._loaded: _Loaded

    def compare_with(self, base: Mapping[str, FileSnapshot]) -> None:
        """Code that these files have was there before."""
        self._there = {cleaning.path(path): file for path, file in base.items()}

    def load(self, session: Session, *, lock: bool = False) -> Stored | None:
        """Read all that is compared with; returns what was stored, for a scan that already was."""
        scan, task = self._scan_and_task(session, lock=lock)
        if scan.figures:
            return Stored(counts=scan.counts, figures=scan.figures, coverage=scan.coverage)
        previous = scans.before(session, scan)
        settings = reading.settings_of(session, task)
        highest = session.scalar(select(func.max(CheckIssue.number)).where(CheckIssue.task_id == task.id))
        self._loaded = _Loaded(
            version=task.issue_version,
            number=scan.number,
            previous_id=previous.id if previous else "",
            previous=_marks(previous) if previous else None,
            marks=self._marks(scan),
            settings=settings,
            next_number=(highest or 0) + 1,
            known=remembered(session, task.id, self._now),
            files=known_files(session, task.id),
            owners=Owners(session, task.tenant_id) if settings.owner_matching else None,
            inherited=inherited(session, task, first=previous is None),
            tenant_id=task.tenant_id,
        )
        self._task_id = task.id
        return None

    def decide(self) -> Decision:
        """Match, and say what changes."""
        loaded, result = self._loaded, self._result
        matching = match(
            loaded.known,
            self._findings,
            self._before,
            self._files,
            renamed=self._renamed,
            whole=result.complete,
            unseen={cleaning.path(file.path) for file in result.files if file.skipped == UNCHANGED},
        )
        none = tolerated(self._findings, matching.new, self._there, self._files, whole=result.complete)
        new = [at for at in matching.new if at not in none]
        matching = msgspec.structs.replace(matching, new=new)
        circumstances = Circumstances(
            task_id=self._task_id,
            tenant_id=loaded.tenant_id,
            scan_id=self._scan_id,
            name=f"check {loaded.number}",
            previous_id=loaded.previous_id,
            previous=loaded.previous,
            now=self._now,
            new_since=loaded.settings.new_since,
            next_number=loaded.next_number,
            looked_at=looked_at(result, loaded.marks, loaded.settings.include, loaded.settings.ignore),
            before=self._before,
            files=self._files,
            inherited=loaded.inherited,
            owners=loaded.owners,
            renamed=self._renamed,
        )
        return decide(circumstances, loaded.known, self._findings, matching)

    def still_holds(self, session: Session) -> bool:
        """Whether all is as it was read; from here on nobody else changes it."""
        scan, task = self._scan_and_task(session, lock=True)
        return task.issue_version == self._loaded.version and not scan.figures

    def write(self, session: Session, decision: Decision) -> Stored:
        """Write it all, in the caller's transaction."""
        scan, task = self._scan_and_task(session, lock=True)
        result, marks = self._result, self._loaded.marks
        write(session, decision)
        counts = (
            change_counts(session, task.id, decision.counts)
            if decision.changes_anything
            else counts_of(session, task.id)
        )
        write_files(session, task.id, self._loaded.files, self._file_rows, whole=result.complete)
        write_duplicates(session, task.id, result.duplicates)
        scan.counts = open_by_severity(counts)
        scan.figures = {
            **size_figures(result.files),
            **issue_figures(counts, decision.became),
            "duplicates": len(result.duplicates),
            "seconds": round(result.seconds, 3),
        }
        scan.coverage = cleaning.storable(coverage(result, marks))
        scan.engines = cleaning.storable(msgspec.to_builtins(marks))
        task.issue_version += 1
        return Stored(counts=scan.counts, figures=scan.figures, coverage=scan.coverage)

    def _scan_and_task(self, session: Session, *, lock: bool) -> tuple[CheckScan, CheckTask]:
        scan = session.get(CheckScan, self._scan_id)
        if scan is None:
            raise UnknownScan(self._scan_id)
        task = session.get(CheckTask, scan.task_id, with_for_update=lock)
        if task is None or task.deleted_at is not None:
            raise UnknownTask(scan.task_id)
        return scan, task

    def _marks(self, scan: CheckScan) -> ScanMarks:
        """How this scan looked: its rules are known before it runs, the versions of its engines afterwards."""
        noted = _marks(scan)
        marks = noted if self._choices is None else marks_of(self._choices)
        ran = {one.engine: one.version[:64] for one in self._result.engines if one.version}
        return ScanMarks(
            versions=ran, rules=marks.rules, languages=marks.languages, rule_sets=noted.rule_sets
        )


def _marks(scan: CheckScan) -> ScanMarks:
    return msgspec.convert(scan.engines or {}, ScanMarks)
