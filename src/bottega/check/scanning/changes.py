"""Which of the lines that a branch has changed have findings."""

import re
import subprocess
import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path

from bottega.check.findings import Finding
from bottega.check.scanning.history import OPTIONS, HistoryError, ask
from bottega.check.scanning.plan import ChangedLines
from bottega.scm.environment import environment, git

MOST = 5_000
"""Stretches of lines that are told of."""
_SECONDS = 120.0
_PIECE = 4096
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_HUNK = re.compile(rb"@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")
# As forges compare: renamed files with what they were. What was deleted has no lines that could have findings.
_FLAGS = (
    "--find-renames",
    "--diff-filter=AMR",
    "--diff-algorithm=default",
    "--submodule=short",
    "--ignore-submodules=none",
    "--no-relative",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "-O/dev/null",
)


def changed_lines(folder: Path, base: str, findings: Iterable[Finding]) -> list[ChangedLines]:
    """The stretches of lines with findings that differ between ``base`` and what is checked out in ``folder``.

    Raises HistoryError.
    """
    lines: dict[str, set[int]] = {}
    for finding in findings:
        if finding.line:
            lines.setdefault(finding.path, set()).add(finding.line)
    if not lines:
        return []
    if not _COMMIT.fullmatch(base):
        raise HistoryError(f"{base[:80]!r} is no commit")
    wanted = {path: sorted(numbers) for path, numbers in lines.items()}
    files = _files(folder, base)
    found: dict[int, list[tuple[int, int]]] = {}
    count = 0
    for number, first, last in _stretches(folder, base, len(files)):
        numbers = wanted.get(files[number][1], [])
        at = bisect_left(numbers, first)
        if at < len(numbers) and numbers[at] <= last and count < MOST:
            found.setdefault(number, []).append((first, last))
            count += 1
    return [
        ChangedLines(path=files[number][1], former=files[number][0], ranges=tuple(ranges))
        for number, ranges in found.items()
    ]


def _files(folder: Path, base: str) -> list[tuple[str, str]]:
    """Former and present names of what differs, in the order of :func:`_stretches`."""
    fields = iter(ask(folder, "diff", "--raw", "-z", *_FLAGS, base, "HEAD", "--").split(b"\0"))
    files: list[tuple[str, str]] = []
    for facts in fields:
        if not facts:
            break
        former = next(fields)
        renamed = facts.rpartition(b" ")[2].startswith(b"R")
        # Files whose present name is no text have no findings.
        files.append((_name(former), _name(next(fields)) if renamed else _name(former)))
    return files


def _name(name: bytes) -> str:
    return name.decode("utf-8", "replace")


def _stretches(folder: Path, base: str, files: int) -> Iterator[tuple[int, int, int]]:
    """The number of the file, and the first and last line, of each stretch that is new. Lines of code are not kept."""
    command = git("diff", "--patch", "--unified=0", *_FLAGS, base, "HEAD", "--", options=OPTIONS)
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        raise HistoryError(f"git cannot be run: {error}") from None
    timer = threading.Timer(_SECONDS, process.kill)
    timer.start()
    number, begins = -1, True
    try:
        with process:
            assert process.stdout is not None  # noqa: S101 - it was asked for
            while piece := process.stdout.readline(_PIECE):
                # Lines of code begin with a sign, so that none of them looks like a header.
                if begins and piece.startswith(b"diff --git "):
                    number += 1
                elif begins and number >= 0 and (hunk := _HUNK.match(piece)):
                    first, count = int(hunk[1]), int(hunk[2] or b"1")
                    if count and number < files:
                        yield number, first, first + count - 1
                begins = piece.endswith(b"\n")
    finally:
        timer.cancel()
    if process.returncode or number != files - 1:
        raise HistoryError(f"what changed since {base} cannot be read")
