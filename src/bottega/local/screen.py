"""What the person sees: the log as it comes, plain in a file or a pipe, with colours on a terminal."""

import re
import sys

from rich.console import Console
from rich.style import Style

_LINE = re.compile(r"\[\S+ (\d\d:\d\d:\d\d)\.\d+ [^\]]*\] \[([A-Z]+)\] (.*)", re.DOTALL)
_STYLES = {"DEBUG": Style(dim=True), "WARN": Style(color="yellow"), "ERROR": Style(color="red", bold=True)}
_TIME = Style(dim=True)
# What is left of escape sequences when colours are taken out moves the cursor, renames the window, or worse.
_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_CONTROL = re.compile(r"\x1b\[[0-9;:]*m|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Screen:
    """Log lines go to standard output, everything that the command says itself to standard error."""

    def __init__(self) -> None:
        self._output = sys.stdout
        self._coloured = Console(file=self._output).color_system is not None and self._output.isatty()
        self._rest = b""

    def log(self, data: bytes) -> None:
        """The next bytes of a log. A line that is not complete waits for its end."""
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        if lines:
            shown = (self._line(line.decode("utf-8", "replace")) for line in lines)
            self._write("".join(f"{line}\n" for line in shown))

    def log_ends(self) -> None:
        """No more bytes of this log."""
        if self._rest:
            self.log(b"\n")

    def list(self, line: str) -> None:
        """One line that was asked for."""
        self._write(f"{line}\n")

    def say(self, sentence: str) -> None:
        """One line of the command itself."""
        print(f"bottega: {printable(sentence)}", file=sys.stderr, flush=True)

    def _write(self, text: str) -> None:
        # A terminal or file of another encoding shall not end the build's log.
        data = text.encode(self._output.encoding or "utf-8", "replace")
        self._output.flush()
        self._output.buffer.write(data)
        self._output.buffer.flush()

    def _line(self, line: str) -> str:
        if not self._output.isatty():
            return line
        found = _LINE.fullmatch(line)
        time, level, text = (found[1], found[2], found[3]) if found else ("", "", line)
        shown = _CONTROL.sub(self._kept, text)
        if not self._coloured:
            return f"{time} {shown}".strip()
        if level in _STYLES:
            shown = _STYLES[level].render(_COLOUR.sub("", shown))
        return f"{_TIME.render(time)} {shown}\x1b[0m" if found else shown

    def _kept(self, found: re.Match[str]) -> str:
        if _COLOUR.fullmatch(found[0]):
            return found[0] if self._coloured else ""
        return "\N{REPLACEMENT CHARACTER}"


def printable(text: str) -> str:
    """What can be shown without that it moves the cursor, renames the window or worse."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
