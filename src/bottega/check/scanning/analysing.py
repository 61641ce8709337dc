"""Letting the engines look at the files: what is known from earlier scans, the rest side by side."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import msgspec

from bottega.check.engines.base import Analysis, EngineFailed, EngineMissing, Job, Located
from bottega.check.findings import RawFinding
from bottega.check.scanning.assigning import Assignment, Group, groups
from bottega.check.scanning.batches import Budget, Outcome, attempt, cut
from bottega.check.scanning.cache import key_of, key_within
from bottega.check.scanning.inventory import SourceFile
from bottega.check.scanning.plan import EngineReport
from bottega.check.scanning.session import Session

T = TypeVar("T")

_FORMAT = "2"
"""Counts changes of what is kept in the cache."""

NO_RULES = "its rules are not known to the server: install it there, too"
"""Why an engine that is here looks at nothing: the server could not ask it which rules there are."""

_CALL_SHARE = 4
"""One call may take this part of an engine's time, so that a file that hangs it does not cost all."""


class Described(msgspec.Struct, array_like=True):
    """A finding with where in the code it is; kept in the cache."""

    raw: RawFinding
    scope: str = ""
    statement: str = ""


class FileResult(msgspec.Struct, array_like=True):
    """What an engine found in one file; ``unread`` is why it did not look at it to its end. Kept in the cache."""

    findings: list[Described]
    unread: str = ""


class EngineResult(msgspec.Struct, kw_only=True):
    """What an engine found, by names of files.

    ``known`` are names of those whose results come from the cache, ``fresh`` keys of the cache for those that are new;
    ``whole`` keys for files whose new results are kept together.
    """

    assignment: Assignment
    report: EngineReport
    located: Located | None = None
    files: dict[str, FileResult] = {}
    known: set[str] = set()
    fresh: dict[str, bytes] = {}
    whole: dict[bytes, list[str]] = {}


class _Pending(msgspec.Struct):
    result: EngineResult
    calls: list["Future[Outcome]"]
    budget: Budget
    codes: set[str]


class Analysing:
    """Runs all engines of one scan."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._plan = session.plan
        self._prefix = f"{session.folder}/"

    def run(
        self, assignments: Sequence[Assignment], meanwhile: Callable[[], None] = lambda: None
    ) -> list[EngineResult]:
        """All engines, to their end. What an engine could not do is in its report, and never raised.

        ``meanwhile`` is called once, when all that are found have begun.
        """
        with self._pools() as (narrow, wide):
            located = [
                narrow.submit(_locate, assignment) if assignment.files else None for assignment in assignments
            ]
            pending: dict[int, _Pending] = {}
            # Those that use one core take longest, and begin first.
            for at in sorted(range(len(assignments)), key=lambda at: assignments[at].engine.uses_cores):
                assignment, future = assignments[at], located[at]
                pool = wide if assignment.engine.uses_cores else narrow
                pending[at] = self._begin(assignment, future.result() if future else None, pool)
            meanwhile()
            return [self._finish(pending[at]) for at in range(len(assignments))]

    @contextmanager
    def _pools(self) -> Generator[tuple[ThreadPoolExecutor, ThreadPoolExecutor]]:
        """Threads for calls that use one core each, and one for calls that use all of them."""
        with (
            ThreadPoolExecutor(max(1, self._plan.cores), "engine") as narrow,
            ThreadPoolExecutor(1, "wide-engine") as wide,
        ):
            try:
                yield narrow, wide
            except BaseException:
                self._session.processes.stop()
                narrow.shutdown(wait=False, cancel_futures=True)
                wide.shutdown(wait=False, cancel_futures=True)
                raise

    def _begin(
        self, assignment: Assignment, located: Located | Exception | None, pool: ThreadPoolExecutor
    ) -> _Pending:
        result = EngineResult(
            assignment=assignment,
            report=EngineReport(engine=assignment.engine.name, state="done", files=len(assignment.files)),
        )
        pending = _Pending(result, [], Budget(self._plan.limits.engine_seconds), set())
        if located is None:
            result.report.notes = ("no file for it",)
            return pending
        try:
            if isinstance(located, Exception):
                raise located
            result.located = located
            result.report.version = located.version
            every = groups(assignment, located)
        except (EngineMissing, EngineFailed) as error:
            state = "missing" if isinstance(error, EngineMissing) else "failed"
            self._give_up(result, state, str(error))
            return pending
        ruled = {file.name for group in every for file in group.files}
        if not ruled:
            self._give_up(result, "missing", NO_RULES)
            return pending
        result.files = {
            file.name: FileResult([], NO_RULES) for file in assignment.files if file.name not in ruled
        }
        for group in every:
            pending.codes |= group.rules.keys()
            wanted = self._not_cached(result, group)
            for batch in cut(assignment.engine, wanted, self._plan.cores):
                pending.calls.append(
                    pool.submit(self._call, assignment, located, group, batch, pending.budget)
                )
        return pending

    def _not_cached(self, result: EngineResult, group: Group) -> list[SourceFile]:
        """The files the engine has to look at; of the others the results are taken over."""
        if self._plan.own_config:
            # What the folder's configuration says is not in the key.
            return group.files
        engine, located = result.assignment.engine, result.located
        assert located is not None  # noqa: S101 - the caller has just found it
        rules = msgspec.msgpack.encode(sorted((code, options) for code, options in group.options.items()))
        base = key_of(engine.name, located.version, rules, _FORMAT)
        around = engine.surroundings(
            self._session.folder, [file.name for file in group.files], group.rules.keys()
        )
        keys = {
            file.name: key_within(base, file.identity, around.get(file.name, b"")) for file in group.files
        }
        if engine.whole_project:
            whole = key_of(base, *sorted(keys.values()))
            files = _decoded(self._session.cache.get([whole]).get(whole), dict[str, FileResult])
            if files is None or keys.keys() != files.keys():
                result.whole[whole] = list(keys)
                return group.files
            result.files |= files
            result.known |= files.keys()
            result.report.from_cache += len(group.files)
            return []
        known = self._session.cache.get(keys.values())
        left: list[SourceFile] = []
        for file in group.files:
            if (each := _decoded(known.get(keys[file.name]), FileResult)) is None:
                result.fresh[file.name] = keys[file.name]
                left.append(file)
            else:
                result.files[file.name] = each
                result.known.add(file.name)
                result.report.from_cache += 1
        return left

    def keep(self, result: EngineResult) -> None:
        """Put what is new into the cache, when places in the code are known."""
        new: dict[bytes, object] = {key: result.files[name] for name, key in result.fresh.items()}
        if result.report.state in {"done", "partly"}:
            for key, names in result.whole.items():
                new[key] = {name: result.files[name] for name in names}
        encoded: dict[bytes, bytes] = {}
        for key, value in new.items():
            try:
                encoded[key] = msgspec.msgpack.encode(value)
            except UnicodeEncodeError:
                # An engine quoted bytes that are no text: it is asked again next time.
                continue
        self._session.cache.put(encoded)

    def _call(
        self,
        assignment: Assignment,
        located: Located,
        group: Group,
        batch: Sequence[SourceFile],
        budget: Budget,
    ) -> Outcome:
        engine, limits = assignment.engine, self._plan.limits

        def call(files: Sequence[SourceFile]) -> Analysis:
            with TemporaryDirectory(dir=self._session.scratch, prefix=f"{engine.name}-") as scratch:
                share = 1 if engine.whole_project else _CALL_SHARE
                runner = self._session.runner(Path(scratch), budget.begin(), limits.engine_seconds / share)
                job = Job(
                    root=self._session.folder,
                    files=[file.name for file in files],
                    rules=group.options,
                    scratch=Path(scratch),
                    located=located,
                    run=runner,
                    cores=self._plan.cores if engine.uses_cores else 1,
                    own_config=self._plan.own_config,
                )
                return engine.analyse(job)

        return attempt(call, batch, budget)

    def _finish(self, pending: _Pending) -> EngineResult:
        result, report = pending.result, pending.result.report
        if report.state != "done":
            self._tell(report)
            return result
        failed: dict[str, str] = {}
        notes: list[str] = []
        unread: dict[str, str] = {}
        for call in pending.calls:
            outcome = call.result()
            failed |= outcome.failed
            for analysis in outcome.analyses:
                notes += analysis.notes
                unread |= {name: why.replace(self._prefix, "") for name, why in analysis.unread.items()}
                self._take(result, analysis, pending.codes, notes)
        for file in result.assignment.files:
            each = result.files.setdefault(file.name, FileResult([]))
            each.unread = failed.get(file.name) or unread.get(file.name) or each.unread
            if file.name in failed:
                result.fresh.pop(file.name, None)
        if failed:
            result.whole.clear()
        for name, each in result.files.items():
            if name not in result.known:
                each.findings = _once(each.findings)
        report.seconds = pending.budget.ended - pending.budget.began
        report.findings = sum(len(each.findings) for each in result.files.values())
        report.analysed = sum(1 for each in result.files.values() if not each.unread)
        report.notes = tuple(dict.fromkeys(notes))[:20]
        if failed and len(failed) == len(result.assignment.files):
            report.state, report.reason = "failed", next(iter(failed.values()))
        elif report.analysed < report.files:
            report.state = "partly"
            reasons = [each.unread for each in result.files.values() if each.unread]
            report.reason = f"{len(reasons)} of {report.files} files were not read; the first: {reasons[0]}"
        self._tell(report)
        return result

    def _take(self, result: EngineResult, analysis: Analysis, codes: set[str], notes: list[str]) -> None:
        names = {file.name: file.name for file in result.assignment.files}
        # Some write what is no UTF-8 in a name as the sign for that.
        names |= {
            _lossy(name): name for name in names if not name.isprintable() and _lossy(name) not in names
        }
        foreign = 0
        known: set[str] | None = None
        for finding in analysis.findings:
            if finding.path not in names:
                foreign += 1
                continue
            if finding.code not in codes:
                # What the catalogue knows was switched off on purpose; what it does not know is kept.
                known = _catalogue(result) if known is None else known
                if finding.code in known:
                    continue
            name, finding.path = names[finding.path], ""
            # Some name the file by its place on this machine, which is nobody's business and changes.
            finding.message = finding.message.replace(self._prefix, "")
            result.files.setdefault(name, FileResult([])).findings.append(Described(finding))
        if foreign:
            notes.append(f"{foreign} findings are in files that it was not asked about")

    def _give_up(self, result: EngineResult, state: str, reason: str) -> None:
        result.report.state, result.report.reason = state, reason
        result.files = {file.name: FileResult([], f"{state}: {reason}") for file in result.assignment.files}

    def _tell(self, report: EngineReport) -> None:
        name = f"{report.engine} {report.version}".strip()
        if report.state in {"missing", "failed"}:
            self._session.progress(
                f"{name}: {report.state}: {report.reason}; {report.files} files were not looked at"
            )
        elif report.files:
            cached = f" ({report.from_cache} known)" if report.from_cache else ""
            said = f"{name}: {report.files} files{cached}, {report.findings} findings, {report.seconds:.1f} s"
            self._session.progress(said + (f"; {report.reason}" if report.reason else ""))
            for note in report.notes:
                self._session.progress(f"{name}: {note}")


def _locate(assignment: Assignment) -> Located | Exception:
    try:
        return assignment.engine.locate()
    except (EngineMissing, EngineFailed) as error:
        return error
    except Exception as error:
        return EngineFailed(f"{type(error).__name__}: {error}")


def _lossy(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _once(findings: list[Described]) -> list[Described]:
    """Each only once: a header is seen by every file that includes it."""
    if len(findings) < 2:  # noqa: PLR2004
        return findings
    found: dict[tuple[str, int, int, str], Described] = {}
    for each in findings:
        found.setdefault((each.raw.code, each.raw.line, each.raw.column, each.raw.message), each)
    return list(found.values())


def _catalogue(result: EngineResult) -> set[str]:
    assert result.located is not None  # noqa: S101 - it has just answered
    try:
        return {facts.code for facts in result.assignment.engine.rules(result.located)}
    except EngineFailed:
        return set()


def _decoded(data: bytes | None, kind: type[T]) -> T | None:
    if data is None:
        return None
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
