"""A scan from its plan to its result: the order of things, and nothing of how they are done."""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import mkdtemp

from bottega.check.engines import ENGINES, Engine
from bottega.check.findings import Finding
from bottega.check.scanning import assigning, duplicates, history, lenient
from bottega.check.scanning.analysing import Analysing, EngineResult
from bottega.check.scanning.blaming import blame
from bottega.check.scanning.cache import Cache
from bottega.check.scanning.changes import changed_lines
from bottega.check.scanning.describing import by_file
from bottega.check.scanning.duplicating import Duplicating
from bottega.check.scanning.examining import Examining, Measured
from bottega.check.scanning.inventory import Inventory, SourceFile, take
from bottega.check.scanning.plan import (
    UNCHANGED,
    ChangedLines,
    DuplicateBlock,
    EngineReport,
    ScannedFile,
    ScanPlan,
    ScanResult,
)
from bottega.check.scanning.remembering import findings_by_file
from bottega.check.scanning.running import Processes
from bottega.check.scanning.session import Session
from bottega.check.scanning.workers import Workers

_TOLD_RULES = 10


def scan(
    plan: ScanPlan,
    folder: Path,
    *,
    cache: Path | None = None,
    progress: Callable[[str], None] = lambda _line: None,
    engines: Mapping[str, Engine] = ENGINES,
    processes: Processes | None = None,
) -> ScanResult:
    """Look at ``folder`` as the plan says. ``cache`` is a file that makes the next scan quicker.

    ``progress`` gets lines for the log. What an engine or a file does never ends a scan: it is told in the result.
    Stopping ``processes`` ends all that was started. Raises OSError if the folder cannot be listed.
    """
    began = time.monotonic()
    folder = folder.resolve(strict=True)
    scratch = Path(mkdtemp(prefix="bottega-scan-"))
    try:
        with Cache(cache) as known:
            running = processes or Processes()
            with Workers(folder, scratch, plan.cores, running) as workers:
                session = Session(
                    plan=plan,
                    folder=folder,
                    scratch=scratch,
                    cache=known,
                    workers=workers,
                    processes=running,
                    progress=progress,
                    engines=engines,
                )
                try:
                    result = _Scan(session).run()
                except BaseException:
                    running.stop()
                    raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    result.seconds = time.monotonic() - began
    progress(
        f"{len(result.files)} files, {len(result.findings)} findings, {len(result.duplicates)} duplicated blocks, "
        f"{result.seconds:.1f} s"
    )
    return result


class _Scan:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._plan = session.plan
        self._examining = Examining(session)
        self._duplicating: Duplicating | None = None
        self._limits: list[str] = []
        self._notes: list[str] = []

    def run(self) -> ScanResult:
        plan = self._plan
        if self._session.cache.has_any():
            self._session.workers.expect()
        inventory = take(plan, self._session.folder, any_text=assigning.wants_any_text(plan.choices))
        self._limits += inventory.limits
        self._notes += inventory.notes
        whole = self._narrow(inventory.files)
        self._say_sizes(inventory)
        assignments, unknown = assigning.assign(plan.choices, self._session.engines, inventory.files)
        analysing = Analysing(self._session)
        results = analysing.run(assignments, lambda: self._meanwhile(inventory.files, whole=whole))
        within = lenient.within(self._session, results)
        reports = [result.report for result in results] + [_unknown(name) for name in unknown]
        self._examining.begin(inventory.files, results)
        measured = self._examining.finish()
        self._limits += self._examining.limits
        for result in results:
            analysing.keep(result)
        findings = self._findings(inventory.files, results, measured, within)
        blocks: list[DuplicateBlock] = []
        if self._duplicating is not None:
            blocks = self._duplicating.finish()
            reports.append(self._duplicating.report)
        files = _files(inventory.files, results, measured, blocks)
        for sentence in (*self._limits, *self._notes):
            self._session.progress(sentence)
        return ScanResult(
            commit=history.commit_of(self._session.folder),
            whole=whole,
            complete=inventory.complete,
            files=files,
            others=inventory.others,
            engines=reports,
            findings=findings,
            duplicates=blocks,
            limits=self._limits,
            notes=self._notes,
            changed=self._changed(findings),
        )

    def _changed(self, findings: list[Finding]) -> list[ChangedLines]:
        if not self._plan.base:
            return []
        try:
            return changed_lines(self._session.folder, self._plan.base, findings)
        except history.HistoryError as error:
            # The findings are the same without.
            self._session.progress(f"which lines were changed is not known: {error}")
            return []

    def _narrow(self, files: list[SourceFile]) -> bool:
        """Take out what is not to be analysed; True if nothing is."""
        only = None if self._plan.only is None else set(self._plan.only)
        if self._plan.since:
            try:
                changed = history.changed_since(self._session.folder, self._plan.since)
            except history.HistoryError as error:
                self._notes.append(f"all files were analysed: what changed is not known: {error}")
            else:
                only = changed if only is None else only & changed
        if only is None:
            return True
        for file in files:
            if not file.skipped and file.path not in only and file.name not in only:
                file.skipped = UNCHANGED
        return False

    def _say_sizes(self, inventory: Inventory) -> None:
        counted = Counter(file.languages[0] if file.languages else "other text" for file in inventory.files)
        written = ", ".join(f"{count} {name}" for name, count in counted.most_common(8))
        self._session.progress(
            f"{len(inventory.files)} files to look at ({written or 'none'}), {inventory.others} others"
        )
        reasons = Counter(file.skipped for file in inventory.files if file.skipped)
        for reason, count in reasons.most_common(10):
            self._session.progress(f"{count} files are not analysed: {reason}")

    def _meanwhile(self, files: list[SourceFile], *, whole: bool) -> None:
        """What waits for no engine."""
        self._examining.recall(files, whole=whole)
        wanted = [
            file
            for file in files
            if file.languages and file.path == file.name and file.skipped in {"", UNCHANGED}
        ]
        if self._plan.duplicates and wanted:
            hashes = {name: known.line_hashes for name, known in self._examining.measured.items()}
            self._duplicating = Duplicating(self._session, wanted, hashes)

    def _findings(
        self,
        files: list[SourceFile],
        results: list[EngineResult],
        measured: Mapping[str, Measured],
        within: lenient.Within,
    ) -> list[Finding]:
        found = list(findings_by_file(self._session, files, by_file(results), measured))
        for file, made in found:
            within.mark(file, made)
        if self._plan.blame and (limit := blame(self._session, found)):
            self._notes.append(limit)
        return self._bounded([finding for _, made in found for finding in made])

    def _bounded(self, findings: list[Finding]) -> list[Finding]:
        most = self._plan.limits.findings
        if len(findings) <= most:
            return findings
        common = Counter(finding.rule for finding in findings).most_common(_TOLD_RULES)
        rules = ", ".join(f"{rule} ({count})" for rule, count in common)
        self._limits.append(
            f"{len(findings)} findings, of which the {most} gravest are kept; most are by {rules}"
        )
        graver = sorted(findings, key=lambda finding: finding.severity)[:most]
        return sorted(graver, key=lambda finding: (finding.path, finding.line, finding.column, finding.rule))


def _unknown(name: str) -> EngineReport:
    return EngineReport(
        engine=name, state="missing", reason=f"this version of Bottega has no engine named {name}"
    )


def _files(
    files: list[SourceFile],
    results: list[EngineResult],
    measured: Mapping[str, Measured],
    blocks: list[DuplicateBlock],
) -> list[ScannedFile]:
    duplicated = duplicates.covered(blocks)
    scanned: list[ScannedFile] = []
    for file in files:
        looked: list[str] = []
        unread: dict[str, str] = {}
        for result in results:
            each = result.files.get(file.name)
            if each is None:
                continue
            if each.unread:
                unread[result.report.engine] = each.unread[:500]
            else:
                looked.append(result.report.engine)
        sizes = measured.get(file.name)
        if sizes is not None and sizes.metrics is not None:
            lines, count = duplicated.get(file.path, (0, 0))
            sizes.metrics.duplicated_lines = min(lines, sizes.metrics.code)
            sizes.metrics.duplicated_blocks = count
        scanned.append(
            ScannedFile(
                path=file.path,
                languages=file.languages,
                sha256=file.sha256,
                size=file.size,
                engines=tuple(looked),
                unread=unread,
                skipped=file.skipped,
                line_hashes=sizes.line_hashes if sizes else b"",
                metrics=sizes.metrics if sizes else None,
            )
        )
    return scanned
