"""What is to be seen in the files themselves: their sizes, and where in the code findings are. Each is parsed once."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future

import msgspec

from bottega.check.scanning import metrics
from bottega.check.scanning.analysing import Described, EngineResult
from bottega.check.scanning.cache import key_of
from bottega.check.scanning.inventory import SourceFile
from bottega.check.scanning.looking import Look, Seen
from bottega.check.scanning.plan import UNCHANGED, FileMetrics
from bottega.check.scanning.session import Session
from bottega.check.scanning.workers import WorkerFailed


class Measured(msgspec.Struct, array_like=True):
    """What is kept of a file's content in the cache."""

    line_hashes: bytes
    metrics: FileMetrics | None


class _Pending(msgspec.Struct):
    file: SourceFile
    measure: bool
    findings: list[Described]
    seen: "Future[Seen]"


class Examining:
    """First :meth:`recall`, then :meth:`begin` when the engines are done, then :meth:`finish`.

    ``measured`` is what is known by names of files, ``limits`` says in sentences what could not be seen.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._keys: dict[str, bytes] = {}
        self._pending: list[_Pending] = []
        self.measured: dict[str, Measured] = {}
        self.limits: list[str] = []

    def recall(self, files: Sequence[SourceFile], *, whole: bool) -> None:
        """Take over what earlier scans saw. Unless the scan is ``whole``, files that it leaves out are measured too."""
        self._keys = {
            file.name: key_of(
                "metrics", str(metrics.VERSION), file.sha256, ",".join(file.languages), _suffix(file)
            )
            for file in files
            if not file.skipped or (file.skipped == UNCHANGED and not whole)
        }
        known = self._session.cache.get(self._keys.values())
        for name, key in self._keys.items():
            try:
                self.measured[name] = msgspec.msgpack.decode(known[key], type=Measured)
            except (KeyError, msgspec.DecodeError, msgspec.ValidationError):
                continue

    def begin(self, files: Sequence[SourceFile], results: Sequence[EngineResult]) -> None:
        """Look at what is not known: files that were not measured, and places of findings that are new."""
        new: dict[str, list[Described]] = {}
        for result in results:
            for name, each in result.files.items():
                if each.findings and name not in result.known:
                    new.setdefault(name, []).extend(each.findings)
        wanted = [
            (file, file.name in self._keys and file.name not in self.measured, new.get(file.name, []))
            for file in files
        ]
        wanted = [(file, measure, findings) for file, measure, findings in wanted if measure or findings]
        futures = self._session.workers.look([self._look(*each) for each in wanted])
        self._pending = [_Pending(*each, future) for each, future in zip(wanted, futures, strict=True)]

    def finish(self) -> Mapping[str, Measured]:
        """Wait; findings then have their scope and statement."""
        failed: list[str] = []
        lost = 0
        fresh: dict[bytes, bytes] = {}
        for each in self._pending:
            try:
                seen = each.seen.result()
            except WorkerFailed as error:
                lost += bool(each.findings)
                if each.measure:
                    failed.append(str(error))
                continue
            for described, (scope, statement) in zip(each.findings, seen.contexts, strict=True):
                described.scope, described.statement = scope, statement
            if each.measure:
                name = each.file.name
                self.measured[name] = Measured(seen.line_hashes, seen.metrics)
                fresh[self._keys[name]] = msgspec.msgpack.encode(self.measured[name])
        self._session.cache.put(fresh)
        if failed:
            self.limits.append(f"{len(failed)} files could not be measured: {failed[0]}")
        if lost:
            self.limits.append(f"{lost} files have findings whose place in the code could not be told")
        return self.measured

    def _look(self, file: SourceFile, measure: bool, findings: Sequence[Described]) -> Look:
        limits = self._session.plan.limits
        return Look(
            name=file.name.encode("utf-8", "surrogateescape"),
            path=file.path,
            languages=file.languages,
            max_bytes=limits.file_bytes,
            max_line=limits.line_bytes,
            measure=measure,
            places=tuple((each.raw.line, each.raw.column) for each in findings),
        )


def _suffix(file: SourceFile) -> str:
    return file.name.rpartition(".")[2] if "." in file.name else ""
