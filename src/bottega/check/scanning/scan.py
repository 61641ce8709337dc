"""A scan from its plan to its result: the order of things, and nothing of how they are done."""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from tempfile import mkdtemp

import msgspec

from bottega.check.engines import ENGINES, Engine
from bottega.check.findings import Finding
from bottega.check.scanning import assigning, duplicates, history, metrics
from bottega.check.scanning.analysing import Analysing, EngineResult
from bottega.check.scanning.cache import Cache, key_of
from bottega.check.scanning.describing import Hit, Maker, by_file
from bottega.check.scanning.duplicating import Duplicating
from bottega.check.scanning.inventory import Inventory, SourceFile, take
from bottega.check.scanning.looking import Look, Seen
from bottega.check.scanning.plan import (
    UNCHANGED,
    DuplicateBlock,
    EngineReport,
    FileMetrics,
    ScannedFile,
    ScanPlan,
    ScanResult,
)
from bottega.check.scanning.running import Processes
from bottega.check.scanning.session import Session
from bottega.check.scanning.workers import WorkerFailed, Workers

_TOLD_RULES = 10


class _Measured(msgspec.Struct, array_like=True):
    """What is kept of a file's content in the cache."""

    line_hashes: bytes
    metrics: FileMetrics | None


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
        self._limits: list[str] = []

    def run(self) -> ScanResult:
        plan = self._plan
        inventory = take(plan, self._session.folder, any_text=assigning.wants_any_text(plan.choices))
        self._limits += inventory.limits
        whole = self._narrow(inventory.files)
        self._say_sizes(inventory)
        measuring = self._measure(inventory.files, whole=whole)
        duplicating = self._duplicating(inventory.files, measuring[0])
        assignments, unknown = assigning.assign(plan.choices, self._session.engines, inventory.files)
        results = Analysing(self._session).run(assignments)
        reports = [result.report for result in results] + [_unknown(name) for name in unknown]
        self._place(results, inventory.files)
        blocks = duplicating.finish() if duplicating else []
        reports += [duplicating.report] if duplicating else []
        measured = self._measured(measuring)
        files = _files(inventory.files, results, measured, blocks)
        findings = self._findings(inventory.files, results, measured)
        for sentence in self._limits:
            self._session.progress(sentence)
        return ScanResult(
            commit=history.commit_of(self._session.folder),
            whole=whole,
            files=files,
            others=inventory.others,
            engines=reports,
            findings=findings,
            duplicates=blocks,
            limits=self._limits,
        )

    def _narrow(self, files: list[SourceFile]) -> bool:
        """Take out what is not to be analysed; True if nothing is."""
        only = None if self._plan.only is None else set(self._plan.only)
        if self._plan.since:
            try:
                changed = history.changed_since(self._session.folder, self._plan.since)
            except history.HistoryError as error:
                self._limits.append(f"all files were analysed: what changed is not known: {error}")
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

    def _measure(
        self, files: list[SourceFile], *, whole: bool
    ) -> tuple[dict[str, _Measured], dict[str, tuple[bytes, "Future[Seen]"]]]:
        """Line hashes and sizes of all files that were read: those that are known, and those that are looked at now."""
        keys = {
            file.name: key_of(
                "metrics", str(metrics.VERSION), file.sha256, ",".join(file.languages), _suffix(file)
            )
            for file in files
            if not file.skipped or (file.skipped == UNCHANGED and not whole)
        }
        known = self._session.cache.get(keys.values())
        measured: dict[str, _Measured] = {}
        wanted: list[SourceFile] = []
        for file in files:
            key = keys.get(file.name)
            if key is None:
                continue
            try:
                measured[file.name] = msgspec.msgpack.decode(known[key], type=_Measured)
            except (KeyError, msgspec.DecodeError, msgspec.ValidationError):
                wanted.append(file)
        futures = self._session.workers.look([self._task(file, measure=True) for file in wanted])
        return measured, {
            file.name: (keys[file.name], future) for file, future in zip(wanted, futures, strict=True)
        }

    def _measured(
        self, measuring: tuple[dict[str, _Measured], dict[str, tuple[bytes, "Future[Seen]"]]]
    ) -> dict[str, _Measured]:
        measured, pending = measuring
        fresh: dict[bytes, bytes] = {}
        failed: dict[str, str] = {}
        for name, (key, future) in pending.items():
            try:
                seen = future.result()
            except WorkerFailed as error:
                failed[name] = str(error)
                continue
            measured[name] = _Measured(seen.line_hashes, seen.metrics)
            fresh[key] = msgspec.msgpack.encode(measured[name])
        self._session.cache.put(fresh)
        if failed:
            self._limits.append(f"{len(failed)} files could not be measured: {next(iter(failed.values()))}")
        return measured

    def _place(self, results: list[EngineResult], files: list[SourceFile]) -> None:
        """Scope and statement of everything that is new, which then goes into the cache."""
        new: dict[str, list[Hit]] = {}
        for result in results:
            fresh = result.files if result.whole_key and not result.report.from_cache else result.fresh
            for name in fresh:
                hits = [Hit(result, each) for each in result.files[name].findings]
                new.setdefault(name, []).extend(hits)
        by_name = {file.name: file for file in files}
        wanted = [name for name, hits in new.items() if hits]
        tasks = [
            self._task(
                by_name[name],
                places=tuple((hit.described.raw.line, hit.described.raw.column) for hit in new[name]),
            )
            for name in wanted
        ]
        lost = 0
        for name, future in zip(wanted, self._session.workers.look(tasks), strict=True):
            try:
                contexts = future.result().contexts
            except WorkerFailed:
                lost += 1
                continue
            for hit, (scope, statement) in zip(new[name], contexts, strict=True):
                hit.described.scope, hit.described.statement = scope, statement
        if lost:
            self._limits.append(f"{lost} files have findings whose place in the code could not be told")
        for result in results:
            self._keep(result)

    def _keep(self, result: EngineResult) -> None:
        new: dict[bytes, object] = {key: result.files[name] for name, key in result.fresh.items()}
        if result.whole_key and not result.report.from_cache and result.report.state in {"done", "partly"}:
            new[result.whole_key] = result.files
        encoded: dict[bytes, bytes] = {}
        for key, value in new.items():
            try:
                encoded[key] = msgspec.msgpack.encode(value)
            except UnicodeEncodeError:
                # An engine quoted bytes that are no text: it is asked again next time.
                continue
        self._session.cache.put(encoded)

    def _task(
        self, file: SourceFile, *, measure: bool = False, places: tuple[tuple[int, int], ...] = ()
    ) -> Look:
        return Look(
            name=file.name.encode("utf-8", "surrogateescape"),
            path=file.path,
            languages=file.languages,
            max_bytes=self._plan.limits.file_bytes,
            max_line=self._plan.limits.line_bytes,
            measure=measure,
            places=places,
        )

    def _duplicating(self, files: list[SourceFile], measured: Mapping[str, _Measured]) -> Duplicating | None:
        wanted = [
            file
            for file in files
            if file.languages and file.path == file.name and file.skipped in {"", UNCHANGED}
        ]
        if not self._plan.duplicates or not wanted:
            return None
        return Duplicating(
            self._session, wanted, {name: known.line_hashes for name, known in measured.items()}
        )

    def _findings(
        self, files: list[SourceFile], results: list[EngineResult], measured: dict[str, _Measured]
    ) -> list[Finding]:
        hits = by_file(results)
        maker = Maker(self._session.folder, self._plan.limits)
        findings: list[Finding] = []
        blamed: dict[str, list[Finding]] = {}
        for file in files:
            if file.name in hits:
                hashes = measured[file.name].line_hashes if file.name in measured else b""
                made = maker.findings(file, hits[file.name], hashes)
                blamed[file.name] = made
                findings += made
        findings = self._bounded(findings)
        if self._plan.blame and findings:
            self._blame(blamed)
        return findings

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

    def _blame(self, blamed: dict[str, list[Finding]]) -> None:
        lines = {name: [finding.line for finding in found if finding.line] for name, found in blamed.items()}
        wanted = {name: numbers for name, numbers in lines.items() if numbers}
        if len(wanted) > history.MAX_BLAMED_FILES:
            self._limits.append(
                f"authors are known for {history.MAX_BLAMED_FILES} of {len(wanted)} files only"
            )
        for name, known in history.authors(self._session.folder, wanted, self._plan.cores).items():
            for finding in blamed[name]:
                if (author := known.get(finding.line)) is not None:
                    finding.author, finding.author_email = author.name, author.email
                    finding.changed_at = author.changed_at


def _suffix(file: SourceFile) -> str:
    return file.name.rpartition(".")[2] if "." in file.name else ""


def _unknown(name: str) -> EngineReport:
    return EngineReport(
        engine=name, state="missing", reason=f"this version of Bottega has no engine named {name}"
    )


def _files(
    files: list[SourceFile],
    results: list[EngineResult],
    measured: dict[str, _Measured],
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
