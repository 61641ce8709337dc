"""The files and duplicates of a task as its newest check saw them. Only what changed is written."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from bottega.check.issues import cleaning
from bottega.check.issues.tables import CheckDuplicate, CheckFile
from bottega.check.scanning.plan import UNCHANGED, DuplicateBlock, ScannedFile

MAX_REASON = 500
MAX_DUPLICATES = 20_000
MAX_PLACES = 100
BATCH = 5_000

FileRow = tuple[str, str, dict[str, Any] | None]
"""Language, why it was skipped, metrics."""


def file_rows(files: Iterable[ScannedFile]) -> dict[str, FileRow]:
    """What is kept of each file, by its path."""
    return {cleaning.path(file.path): _row(file) for file in files}


def known_files(session: Session, task_id: str) -> dict[str, FileRow]:
    """The same, as it was kept before."""
    query = select(CheckFile.path, CheckFile.language, CheckFile.skipped, CheckFile.metrics)
    rows = session.execute(query.where(CheckFile.task_id == task_id))
    return {path: (language, skipped, metrics) for path, language, skipped, metrics in rows}


def write_files(
    session: Session,
    task_id: str,
    before: Mapping[str, FileRow],
    now: Mapping[str, FileRow],
    *,
    whole: bool,
) -> None:
    """Keep ``now`` instead of ``before``; unless ``now`` is the ``whole`` of them it says nothing of others.

    Why a file could not be looked at is still true of one that was not to be looked at this time.
    """
    now = {
        path: (row[0], before[path][1], row[2]) if row[1] == UNCHANGED and path in before else row
        for path, row in now.items()
    }
    added = [path for path in now if path not in before]
    changed = [path for path, row in now.items() if path in before and before[path] != row]
    removed = [path for path in before if path not in now] if whole else []
    for paths in _batches(removed):
        session.execute(delete(CheckFile).where(CheckFile.task_id == task_id, CheckFile.path.in_(paths)))
    if added:
        session.execute(
            insert(CheckFile), [{"task_id": task_id, **_values(path, now[path])} for path in added]
        )
    if changed:
        rows = [{"task_id": task_id, **_values(path, now[path])} for path in changed]
        session.execute(update(CheckFile), rows)


def write_duplicates(session: Session, task_id: str, blocks: Iterable[DuplicateBlock]) -> None:
    """Keep these duplicates instead of the former ones."""
    rows: list[dict[str, Any]] = []
    for number, block in enumerate(islice(blocks, MAX_DUPLICATES), 1):
        places = [
            [cleaning.path(place.path), cleaning.number(place.line), cleaning.number(place.end_line)]
            for place in block.places[:MAX_PLACES]
        ]
        rows.append(
            {"task_id": task_id, "number": number, "lines": cleaning.number(block.lines), "places": places}
        )
    query = select(CheckDuplicate.number, CheckDuplicate.lines, CheckDuplicate.places)
    before = session.execute(query.where(CheckDuplicate.task_id == task_id).order_by(CheckDuplicate.number))
    if [tuple(row) for row in before] == [(row["number"], row["lines"], row["places"]) for row in rows]:
        return
    session.execute(delete(CheckDuplicate).where(CheckDuplicate.task_id == task_id))
    if rows:
        session.execute(insert(CheckDuplicate), rows)


def _row(file: ScannedFile) -> FileRow:
    skipped = file.skipped or "; ".join(f"{engine}: {reason}" for engine, reason in file.unread.items())
    metrics = None if file.metrics is None else msgspec.to_builtins(file.metrics)
    return (
        (file.languages[0] if file.languages else "")[: cleaning.MAX_LANGUAGE],
        skipped.replace("\0", "\ufffd")[:MAX_REASON],
        metrics,
    )


def _values(path: str, row: FileRow) -> dict[str, Any]:
    return {"path": path, "language": row[0], "skipped": row[1], "metrics": row[2]}


def _batches(paths: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(paths), BATCH):
        yield paths[at : at + BATCH]
