"""What a worker does with one file: read it, hash its lines, measure it, say where in the code places are."""

from pathlib import Path

import msgspec

from bottega.check.scanning.content import line_hashes, read
from bottega.check.scanning.context import Place, contexts, line_contexts
from bottega.check.scanning.metrics import measure
from bottega.check.scanning.parsing import parse
from bottega.check.scanning.plan import FileMetrics


class Look(msgspec.Struct, frozen=True, array_like=True):
    """What to do with the file of this name (bytes as the system gives them). ``path`` and ``languages`` choose the
    grammar."""

    name: bytes
    path: str
    languages: tuple[str, ...]
    max_bytes: int
    max_line: int
    measure: bool = False
    places: tuple[Place, ...] = ()


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """What came out. ``contexts`` has scope and statement of each place."""

    line_hashes: bytes = b""
    metrics: FileMetrics | None = None
    contexts: tuple[tuple[str, str], ...] = ()


def look(folder: Path, task: Look) -> Seen:
    """Do it. Raises OSError for a file that cannot be read."""
    content = read(
        folder / task.name.decode("utf-8", "surrogateescape"),
        size=0,
        max_bytes=task.max_bytes,
        max_line=task.max_line,
    )
    found: list[tuple[str, str]] = []
    if task.places:
        parsed = parse(task.path, task.languages, content.data)
        found = (
            contexts(parsed, task.places) if parsed is not None else line_contexts(content.data, task.places)
        )
    return Seen(
        line_hashes=line_hashes(content.data) if task.measure else b"",
        metrics=measure(task.path, task.languages, content.data) if task.measure else None,
        contexts=tuple(found),
    )
