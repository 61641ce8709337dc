"""What engines share when they read what an analyser wrote."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bottega.check.engines.base import EngineFailed

CATALOGUE_SECONDS = 120.0
"""How long an analyser may take to list its rules."""


def output_of(command: Sequence[str], stdin: bytes = b"") -> bytes:
    """What a command of an analyser says that looks at no code. Raises :class:`EngineFailed`."""
    return _run(command, check=True, stdin=stdin).stdout


def answer_of(command: Sequence[str], folder: Path) -> Any:
    """The JSON that an analyser writes of samples, whatever its exit code is. Raises :class:`EngineFailed`."""
    done = _run(command, folder=folder)
    answer = json_of(done.stdout)
    if answer is None:
        raise EngineFailed(last_line(done.stderr) or f"exit code {done.returncode}")
    return answer


def _run(
    command: Sequence[str], *, check: bool = False, folder: Path | None = None, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            command, cwd=folder, input=stdin, capture_output=True, timeout=CATALOGUE_SECONDS, check=check
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineFailed(f"{Path(command[0]).name}: {error}") from None


def json_of(text: bytes) -> Any:
    """JSON that an analyser wrote; None for anything else. Bytes of names that are no UTF-8 stay as Python has them."""
    # Some write what stands for such a byte in memory, which is not allowed in UTF-8; others write the byte itself.
    for handler in ("surrogatepass", "surrogateescape"):
        try:
            return json.loads(text.decode("utf-8", handler))
        except UnicodeDecodeError:
            continue
        except ValueError:
            break
    return None


class Columns:
    """Turns columns that an analyser counts in bytes of UTF-8, from 0, into ours: characters, from 1."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._path = ""
        self._lines: list[bytes] = []

    def of(self, path: str, line: int, offset: int) -> int:
        """The column in a line of a file below the root; as it is told if the line is not there."""
        if path != self._path:
            try:
                self._lines = (self._root / path).read_bytes().split(b"\n")
            except OSError:
                self._lines = []
            self._path = path
        if not 0 < line <= len(self._lines):
            return offset + 1
        return len(self._lines[line - 1][:offset].decode("utf-8", "replace")) + 1


def relative(path: str, root: Path) -> str:
    """A path as an analyser wrote it, relative to the folder that was scanned, with ``/``."""
    path = path.removeprefix("file://")
    if os.path.isabs(path):  # noqa: PTH117 - called for every finding
        path = os.path.relpath(path, root)
    return path.removeprefix("./").replace(os.sep, "/")


def is_utf8(name: str) -> bool:
    """Whether the name of a file is in UTF-8: Python has a sign of its own for each byte that is not."""
    return name.isascii() or not any("\udc80" <= letter <= "\udcff" for letter in name)


def last_line(text: bytes) -> str:
    """The last line an analyser wrote, for an error in one line; empty for none."""
    lines = text.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:500] if lines else ""
