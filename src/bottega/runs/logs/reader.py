"""Reading the log of a run by page or as a stream, live or sealed, with the DEBUG lines left out unless asked for."""

import re
from collections.abc import Iterator

import msgspec

from bottega.runs.logs.live import LiveLogs
from bottega.runs.logs.sealed import SealedLogs
from bottega.runs.states import FINAL, RunState
from bottega.runs.tables import Run

PAGE_BYTES = 1_000_000
LINE_BYTES = 64 * 1024
STREAM_BYTES = 256 * 1024
DEBUG_LINE = re.compile(rb"^\[[^\]\n]{23,40}\] \[DEBUG\] .*\n?", re.MULTILINE)
DEBUG_MARK = b"] [DEBUG] "


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

    def size(self, run: Run) -> int:
        """Bytes that can be read now."""
        return run.log_size if run.log_sealed else self._live.size(run.id)

    def page(
        self,
        run: Run,
        start: int,
        *,
        end: int | None = None,
        max_bytes: int = PAGE_BYTES,
        max_lines: int | None = None,
    ) -> LogPage:
        """The lines from ``start`` on, at INFO level; an unfinished last line waits until it is finished."""
        finished = RunState(run.state) in FINAL
        size = self.size(run)
        stop = size if end is None else min(end, size)
        raw = self._read(run, start, min(max_bytes, max(0, stop - start)))
        if start + len(raw) < stop and b"\n" not in raw:
            # A page smaller than its first line becomes that line: half a line tells neither level nor time.
            raw = _first_lines(self._read(run, start, min(LINE_BYTES, stop - start)), 1)
        at_end = start + len(raw) >= size
        if not (at_end and finished) and not (end is not None and start + len(raw) == end):
            raw = _whole_lines(raw, full=len(raw) >= min(max_bytes, LINE_BYTES))
        if max_lines is not None:
            raw = _first_lines(raw, max_lines)
        reached = start + len(raw)
        text = without_debug(raw).decode("utf-8", "replace")
        return LogPage(text=text, start=start, end=reached, complete=finished and reached >= size)

    def stream(
        self, run: Run, *, level: str = "INFO", start: int = 0, end: int | None = None
    ) -> Iterator[bytes]:
        """The bytes ``[start, end)`` in pieces; ``level`` DEBUG keeps the DEBUG lines."""
        stop = self.size(run) if end is None else min(end, self.size(run))
        pieces = self._pieces(run, start, stop)
        return pieces if level == "DEBUG" else _filtered(pieces)

    def _pieces(self, run: Run, start: int, stop: int) -> Iterator[bytes]:
        if run.log_sealed:
            yield from self._sealed.stream(run.tenant_id, run.id, start, stop)
            return
        while start < stop:
            piece = self._live.read(run.id, start, min(STREAM_BYTES, stop - start))
            if not piece:
                # Sealed between the look at the row and this read.
                yield from self._sealed.stream(run.tenant_id, run.id, start, stop)
                return
            start += len(piece)
            yield piece

    def _read(self, run: Run, start: int, length: int) -> bytes:
        return b"".join(self._pieces(run, start, start + length)) if length > 0 else b""


def without_debug(text: bytes) -> bytes:
    """``text`` (whole lines) without its DEBUG lines."""
    return DEBUG_LINE.sub(b"", text) if DEBUG_MARK in text else text


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
