"""The measures of a folder and of what lies in it, from those of the files below, as the newest check saw them."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.check.issues.figures import size_figures
from bottega.check.issues.tables import CheckFile
from bottega.check.scanning.plan import FileMetrics, ScannedFile
from bottega.check.tracking.snapshots import FileSnapshot

Figures = Mapping[str, int]
"""As :func:`~bottega.check.issues.figures.size_figures` has them."""

_UNREAD = FileSnapshot("")


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What lies directly in a folder. ``leaf``: a file."""

    path: str
    leaf: bool
    figures: Figures


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """``path`` is empty for the whole repository. Its parts are in the order of their names, folders first."""

    path: str
    figures: Figures
    parts: list[Part]


def files_below(session: Session, task_id: str, folder: str) -> list[CheckFile]:
    """All files in a folder, and in those in it."""
    query = select(CheckFile).where(CheckFile.task_id == task_id)
    if folder:
        query = query.where(CheckFile.path.startswith(f"{folder}/", autoescape=True))
    # One of the databases takes big letters for small ones here.
    beginning = f"{folder}/" if folder else ""
    return [row for row in session.scalars(query.order_by(CheckFile.path)) if row.path.startswith(beginning)]


def measured(folder: str, files: Iterable[CheckFile], contents: Mapping[str, FileSnapshot]) -> Folder:
    """The measures of a folder with these files; ``contents`` tell which of them are the same."""
    beginning = f"{folder}/" if folder else ""
    every: list[ScannedFile] = []
    parts: dict[tuple[bool, str], list[ScannedFile]] = {}
    for row in files:
        file = _scanned(row, contents.get(row.path, _UNREAD))
        every.append(file)
        name, below, _ = row.path.removeprefix(beginning).partition("/")
        parts.setdefault((not below, name), []).append(file)
    return Folder(
        path=folder,
        figures=size_figures(every),
        parts=[
            Part(path=beginning + name, leaf=leaf, figures=size_figures(below))
            for (leaf, name), below in sorted(parts.items())
        ],
    )


def _scanned(row: CheckFile, content: FileSnapshot) -> ScannedFile:
    metrics: Any = row.metrics
    return ScannedFile(
        path=row.path,
        languages=(),
        sha256=content.sha256,
        # Empty files are no duplicates of each other, and neither are those that nobody has read.
        size=len(content.line_hashes),
        metrics=None if metrics is None else msgspec.convert(metrics, FileMetrics),
    )
