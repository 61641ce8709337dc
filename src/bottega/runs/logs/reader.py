"""Reading the log of a run by page or as a stream, live or sealed, with the DEBUG lines left out unless asked for."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Protocol

import msgspec

from bottega.errors import NotFound, Unavailable
from bottega.runs.logs.live import LiveLogs
from bottega.runs.logs.sealed import SealedLogs
from bottega.runs.states import FINAL, RunState
from bottega.runs.tables import Run

PAGE_BYTES = 1_000_000
LINE_BYTES = 64 * 1024
STREAM_BYTES = 256 * 1024
DEBUG_BEGINNING = re.compile(rb"\[[^\]\n]{23,40}\] \[DEBUG\] ")
DEBUG_MARK = b"] [DEBUG] "


class LogColumns(Protocol):
    """The columns of a run's row that have to be known to read its log."""

    @property
    def id(self) -> str: ...
    @property
    def tenant_id(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def log_size(self) -> int: ...
    @property
    def log_sealed(self) -> bool: ...
    @property
    def log_deleted(self) -> bool: ...


LoggedRun = Run | LogColumns


class LogGone(NotFound):
    """The log of a build there is a record of."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__("log of build", number)
        self.args = (f"the log of build {number} {why}",)


class LogPage(msgspec.Struct, kw_only=True):
    """``text`` of the bytes ``[start, end)``; ask again from ``end``. ``complete``: nothing more will ever come."""

    text: str
    start: int
    end: int
    complete: bool


class LogReader:
    """Offsets are bytes of the whole log; pages end at line borders, so that together they make up the whole."""

    def __init__(self, live: LiveLogs, sealed: SealedLogs) -> None:
        self._live = live
        self._sealed = sealed

    def size(self, run: LoggedRun) -> int:
        """Bytes there are now. Raises :class:`LogGone` when their retention is over."""
        if run.log_deleted:
            raise LogGone(run.number, "was deleted: it is older than retention.logs_days; the record stays")
        if run.log_sealed:
            return run.log_size
        live = self._live.size(run.id)
        # Of a finished run the file may be gone: sealed since the row was read, or recorded by another replica.
        return max(live, run.log_size) if RunState(run.state) in FINAL else live

    def page(
        self,
        run: LoggedRun,
        start: int,
        *,
        end: int | None = None,
        max_bytes: int = PAGE_BYTES,
        max_lines: int | None = None,
    ) -> LogPage:
        """The lines from ``start`` on, at INFO level; an unfinished last line waits until it is finished.

        Raises :class:`LogGone`, and :class:`Unavailable` when the object store does not answer.
        """
        finished = RunState(run.state) in FINAL
        size = self.size(run)
        stop = size if end is None else min(end, size)
        raw = self._read(run, start, min(stop, start + max_bytes), max_lines)
        if start < stop and start + len(raw) < size and b"\n" not in raw:
            # A page smaller than its first line becomes that line: half a line tells neither level nor time.
            raw = _first_lines(self._read(run, start, min(size, start + LINE_BYTES), 1), 1)
        if not (finished and start + len(raw) >= size):
            raw = _whole_lines(raw, full=len(raw) >= min(max_bytes, LINE_BYTES))
        if max_lines is not None:
            raw = _first_lines(raw, max_lines)
        reached = start + len(raw)
        text = without_debug(raw).decode("utf-8", "replace")
        return LogPage(text=text, start=start, end=reached, complete=finished and reached >= size)

    def stream(
        self, run: LoggedRun, *, level: str = "INFO", start: int = 0, end: int | None = None
    ) -> Iterator[bytes]:
        """The bytes ``[start, end)`` in pieces; ``level`` DEBUG keeps the DEBUG lines.

        Raises :class:`LogGone`, and :class:`Unavailable` when the log cannot be read now: before the first piece is
        asked for, as long as the answer to the client can still be a refusal.
        """
        stop = self.size(run) if end is None else min(end, self.size(run))
        rest = self._pieces(run, start, stop, STREAM_BYTES)
        first = next(rest, b"")
        if start < stop and not first:
            raise Unavailable(f"the log of build {run.number} is being stored; ask again in a moment")
        pieces = chain((first,), rest)
        return pieces if level == "DEBUG" else _filtered(pieces)

    def _read(self, run: LoggedRun, start: int, stop: int, max_lines: int | None) -> bytes:
        """The bytes ``[start, stop)``, or less of them if that has ``max_lines`` lines."""
        parts: list[bytes] = []
        lines = 0
        # A page of lines is most often much smaller than the bytes it might have: then it is read bit by bit.
        step = STREAM_BYTES if max_lines is not None else stop - start
        for piece in self._pieces(run, start, stop, step):
            parts.append(piece)
            if max_lines is not None:
                lines += piece.count(b"\n")
                if lines >= max_lines:
                    break
        return b"".join(parts)

    def _pieces(self, run: LoggedRun, start: int, stop: int, step: int) -> Iterator[bytes]:
        if not run.log_sealed:
            while start < stop and (piece := self._live.read(run.id, start, min(step, stop - start))):
                start += len(piece)
                yield piece
        if start >= stop:
            return
        # Sealed when the row was read, or between that and this read.
        found = False
        for piece in self._sealed.stream(run.tenant_id, run.id, start, stop, step):
            found = True
            yield piece
        if run.log_sealed and not found:
            raise LogGone(run.number, "is not in the object store any more")


def without_debug(text: bytes) -> bytes:
    """``text`` (whole lines) without its DEBUG lines."""
    found = text.find(DEBUG_MARK)
    if found < 0:
        return text
    kept: list[bytes] = []
    position = 0
    while found >= 0:
        begin = max(position, text.rfind(b"\n", position, found) + 1)
        after = found + len(DEBUG_MARK)
        if DEBUG_BEGINNING.match(text, begin, after):
            kept.append(text[position:begin])
            position = after = (text.find(b"\n", after) + 1) or len(text)
        found = text.find(DEBUG_MARK, after)
    kept.append(text[position:])
    return b"".join(kept)


def _filtered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        whole, newline, rest = (rest + piece).rpartition(b"\n")
        if newline:
            yield without_debug(whole + newline)
        if len(rest) > PAGE_BYTES:
            # A line without end is tool output, never one of our DEBUG lines: pass it on instead of collecting it.
            yield rest
            rest = b""
    if rest:
        yield without_debug(rest)


def _whole_lines(raw: bytes, *, full: bool) -> bytes:
    cut = raw.rfind(b"\n") + 1
    if cut or not full:
        return raw[:cut]
    # One line longer than a page: cut it, but never inside a character.
    cut = len(raw)
    while cut and (raw[cut - 1] & 0xC0) == 0x80:  # noqa: PLR2004 - UTF-8 continuation bytes
        cut -= 1
    return raw[: cut - 1] if cut and raw[cut - 1] >= 0xC0 else raw  # noqa: PLR2004


def _first_lines(raw: bytes, lines: int) -> bytes:
    position = -1
    for _ in range(lines):
        position = raw.find(b"\n", position + 1)
        if position < 0:
            return raw
    return raw[: position + 1]
