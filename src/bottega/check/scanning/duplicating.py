"""Looking for duplicated code beside the engines, and only where something changed since the last scan."""

import time
from collections.abc import Iterable, Mapping, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor

import msgspec

from bottega.check.engines.base import EngineFailed, EngineMissing, Located
from bottega.check.scanning import duplicates
from bottega.check.scanning.cache import key_of
from bottega.check.scanning.content import HASH_BYTES, line_hashes, read
from bottega.check.scanning.inventory import SourceFile
from bottega.check.scanning.plan import DuplicateBlock, EngineReport
from bottega.check.scanning.session import Session

_FORMAT = "3"
FEW_CHANGED, FEW_SHARE = 20, 20
"""Up to so many files, or one of so many, may have changed for the others to be taken over."""
_SHARED_LINES, _SHARED_RUNS = 5, 2
"""Files with fewer lines, or runs of three lines, in common are taken to have no block of ten in common."""
_WORTH_LOOKING = 2
"""When more than one of so many files is to be looked at, all are."""
_RUN = b"\1\1\1"
_BLANK = line_hashes(b"\n")


class _State(msgspec.Struct):
    """What the last scan saw: files with their hashes, and the blocks among them."""

    files: dict[str, str]
    blocks: list[DuplicateBlock]


class Duplicating:
    """Begins when it is made; :meth:`finish` waits."""

    def __init__(self, session: Session, files: list[SourceFile], hashes: Mapping[str, bytes]) -> None:
        """``files`` have names that are sent as they are; ``hashes`` are their line hashes, as far as known."""
        self._session = session
        self._files = files
        self._now = {file.name: file.sha256 for file in files}
        self._key = key_of("duplicates", _FORMAT)
        self._kept: list[DuplicateBlock] = []
        self._changed: set[str] | None = None
        self._known = False
        self.report = EngineReport(engine=duplicates.NAME, state="done", files=len(files))
        self._thread = ThreadPoolExecutor(1, "duplicates")
        self._found = self._begun(self._wanted(hashes))

    def finish(self) -> list[DuplicateBlock]:
        """All blocks. What went wrong is in the report."""
        report = self.report
        try:
            found = self._found.result()
        except EngineMissing as error:
            report.state, report.reason = "missing", str(error)
        except (EngineFailed, OSError, msgspec.DecodeError) as error:
            report.state, report.reason = "failed", str(error)
        else:
            report.analysed = report.files
            blocks = self._together(found)
            if not self._known:
                state = _State(self._now, blocks)
                self._session.cache.put({self._key: msgspec.msgpack.encode(state)})
            self._session.progress(
                f"{report.engine} {report.version}: {report.files} files ({report.from_cache} known), "
                f"{len(blocks)} duplicated blocks, {report.seconds:.1f} s"
            )
            return blocks
        finally:
            self._thread.shutdown()
        self._session.progress(f"{report.engine}: {report.state}: {report.reason}")
        return []

    def _wanted(self, hashes: Mapping[str, bytes]) -> list[SourceFile]:
        """The files that have to be looked at, after the cache was asked."""
        data = self._session.cache.get([self._key]).get(self._key)
        try:
            before = msgspec.msgpack.decode(data or b"", type=_State)
        except (msgspec.DecodeError, msgspec.ValidationError):
            return self._files
        changed = {name for name, sha256 in self._now.items() if before.files.get(name) != sha256}
        if len(changed) > max(FEW_CHANGED, len(self._files) // FEW_SHARE):
            return self._files
        wanted = self._near(changed, hashes) if changed else []
        if len(wanted) * _WORTH_LOOKING > len(self._files) and len(wanted) > FEW_CHANGED:
            return self._files
        self._changed = changed
        self._known = before.files == self._now
        self._kept = before.blocks
        self.report.from_cache = len(self._files) - len(wanted)
        return wanted

    def _near(self, changed: set[str], hashes: Mapping[str, bytes]) -> list[SourceFile]:
        """The changed files, and those that share lines with one of them."""
        lines: set[int] = set()
        runs: set[tuple[int, int, int]] = set()
        for file in self._files:
            if file.name in changed:
                filled = _filled(self._hashes(file))
                lines.update(filled)
                runs.update(_runs(filled))

        def is_near(name: str) -> bool:
            if name in changed:
                return True
            if name not in hashes:
                return False
            filled = _filled(hashes[name])
            # For nearly all files it ends here.
            if not _has_run(lines, filled):
                return False
            if len(lines.intersection(filled)) < _SHARED_LINES:
                return False
            return len(runs.intersection(_runs(filled))) >= _SHARED_RUNS

        return [file for file in self._files if is_near(file.name)]

    def _hashes(self, file: SourceFile) -> bytes:
        limits = self._session.plan.limits
        try:
            content = read(
                self._session.folder / file.name,
                size=file.size,
                max_bytes=limits.file_bytes,
                max_line=limits.line_bytes,
            )
        except OSError:
            return b""
        return line_hashes(content.data)

    def _begun(self, wanted: list[SourceFile]) -> Future[list[DuplicateBlock]]:
        """All is prepared by this thread: another one would wait for it before every link that it makes."""
        if not wanted:
            return self._thread.submit(list)
        try:
            located = duplicates.locate()
            asked = duplicates.prepare(wanted, self._session)
        except (EngineMissing, OSError) as error:
            failed: Future[list[DuplicateBlock]] = Future()
            failed.set_exception(error)
            return failed
        self.report.version = located.version
        return self._thread.submit(self._find, located, asked)

    def _find(self, located: Located, asked: list[duplicates.Asked]) -> list[DuplicateBlock]:
        began = time.monotonic()
        seconds = self._session.plan.limits.engine_seconds
        runner = self._session.runner(self._session.scratch, began + seconds, seconds)
        found = duplicates.find(located, asked, runner)
        self.report.seconds = time.monotonic() - began
        return found

    def _together(self, found: list[DuplicateBlock]) -> list[DuplicateBlock]:
        """New blocks, and of the old ones what lies in files that are as they were."""
        if self._changed is None:
            return found
        changed = self._changed
        kept: list[DuplicateBlock] = []
        for block in self._kept:
            places = tuple(
                place for place in block.places if place.path in self._now and place.path not in changed
            )
            if len(places) > 1:
                kept.append(DuplicateBlock(lines=block.lines, places=places))
        new = [block for block in found if any(place.path in changed for place in block.places)]
        return duplicates.ordered([*kept, *new])


def _runs(filled: Sequence[int]) -> Iterable[tuple[int, int, int]]:
    """Each three lines that follow each other."""
    return zip(filled, filled[1:], filled[2:], strict=False)


def _has_run(lines: Set[int], filled: Sequence[int]) -> bool:
    """Whether three of ``lines`` follow each other: of any three, one is at a place that can be divided by three."""
    firsts = bytes(map(lines.__contains__, filled[::3]))
    at = firsts.find(1)
    while at >= 0:
        if _RUN in bytes(map(lines.__contains__, filled[max(0, 3 * at - 2) : 3 * at + 3])):
            return True
        at = firsts.find(1, at + 1)
    return False


def _filled(hashes: bytes) -> Sequence[int]:
    """The lines that are not empty, as numbers."""
    whole = hashes[: len(hashes) // HASH_BYTES * HASH_BYTES]
    return memoryview(whole.replace(_BLANK, b"")).cast("Q")
