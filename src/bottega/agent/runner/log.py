"""The log file of an attempt: cleaned, masked, every line with its time, appended in large pieces.

This is the hot path of a build server: the work is done per piece read from the pipe, never per line.
"""

import os

from bottega.agent.runner.cleaning import Cleaner
from bottega.agent.runner.clock import Clock
from bottega.agent.runner.masking import Masker

# A part of a line (a prompt, a progress bar) is shown when nothing followed it for this long, in seconds.
PARTIAL_AFTER = 0.1
# A longer part of a line is written at once: memory must not grow with what a build prints.
_PARTIAL_BYTES = 65536


class LogError(Exception):
    """The log cannot be written: the disk is full or broken.

    The message is a sentence for the build's owner.
    """


class Log:
    """Appends to one log file. ``write`` takes a tool's raw output, ``line`` the runner's own messages.

    ``limit`` bounds the bytes of tool output in the file; the runner's own lines are few and always written.
    """

    def __init__(self, path: str, masker: Masker, limit: int) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self.size = os.fstat(self._descriptor).st_size
        self._masker = masker
        self._cleaner = Cleaner()
        self._clock = Clock()
        self._left = limit
        self._limit = limit
        self._cut = False
        self._partial = b""
        self._partial_since = 0.0
        self._inside_line = False
        self._broken = False

    @property
    def due(self) -> float | None:
        """When ``flush`` has to be called, on the clock given to ``write``; None while no part of a line waits."""
        return self._partial_since + PARTIAL_AFTER if self._partial else None

    def write(self, data: bytes, now: float) -> None:
        """Take output of a tool as it came from the pipe. Raises LogError."""
        self._add(self._masker.feed(self._cleaner.feed(data)), now)

    def flush(self, now: float) -> None:
        """Show a part of a line that waited long enough; what may become a secret stays hidden.

        Raises LogError.
        """
        if self._partial and now >= self._partial_since + PARTIAL_AFTER:
            self._emit_partial()

    def end_output(self, now: float) -> None:
        """A tool has ended: everything held back is written and its last line ended. Raises LogError."""
        self._add(self._masker.feed(self._cleaner.finish()) + self._masker.finish(), now)
        self._end_line()

    def line(self, level: str, message: str, tag: str = "") -> None:
        """Write a message of the runner; ``tag`` is ``step name:label``. Raises LogError."""
        self._end_line()
        text = " ".join(message.splitlines()).replace("\0", "\N{REPLACEMENT CHARACTER}")
        body = self._masker.mask((f"[{tag}] : {text}" if tag else text).encode("utf-8", "replace"))
        self._append(f"{self._clock.stamp()} [{level}] ".encode() + body + b"\n")

    def mask(self, value: object) -> object:
        """Hide secrets in a text that goes elsewhere than into the log; other values pass."""
        if not isinstance(value, str):
            return value
        return self._masker.mask(value.encode("utf-8", "replace")).decode()

    def mend(self) -> None:
        """There may be room again: try to write from now on, beginning with a line of its own."""
        if self._broken:
            self._broken = False
            self._partial = b""
            self._inside_line = True
            # Output that went missing in between must not look like a whole.
            self._cut = True

    def sync(self) -> None:
        """Force the log to the disk."""
        if not self._broken:
            os.fsync(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)

    def _add(self, text: bytes, now: float) -> None:
        if not text or self._cut:
            return
        end = text.rfind(b"\n") + 1
        if end:
            self._emit(self._partial + text[:end])
            self._partial = b""
            text = text[end:]
        if text:
            if not self._partial:
                self._partial_since = now
            self._partial += text
            if len(self._partial) > _PARTIAL_BYTES:
                self._emit_partial()

    def _emit_partial(self) -> None:
        partial, self._partial = self._partial, b""
        self._emit(partial)

    def _end_line(self) -> None:
        if self._partial:
            self._emit_partial()
        if self._inside_line:
            self._inside_line = False
            self._append(b"\n")

    def _emit(self, text: bytes) -> None:
        """Append whole lines, or a part of one, of tool output."""
        if self._cut:
            return
        prefix = f"{self._clock.stamp()} [INFO] ".encode()
        whole = text.endswith(b"\n")
        out = text.replace(b"\n", b"\n" + prefix)
        if whole:
            out = out[: -len(prefix)]
        if not self._inside_line:
            out = prefix + out
        if len(out) > self._left:
            self._cut_off(out)
            return
        self._left -= len(out)
        self._inside_line = not whole
        self._append(out)

    def _cut_off(self, out: bytes) -> None:
        self._cut = True
        self._partial = b""
        kept = out[: out.rfind(b"\n", 0, self._left) + 1]
        if kept:
            self._inside_line = False
            self._append(kept)
        self.line(
            "WARN",
            f"The log has reached its limit of {self._limit} bytes: further output is dropped, the build goes on.",
        )

    def _append(self, data: bytes) -> None:
        if self._broken:
            return
        view = memoryview(data)
        while view:
            try:
                written = os.write(self._descriptor, view)
            except OSError as error:
                # Said once: whoever stops the build now has more lines to write, and they cannot be written
                # either.
                self._broken = True
                raise LogError(f"The log cannot be written: {error.strerror} (disk of the agent)") from error
            self.size += written
            view = view[written:]
