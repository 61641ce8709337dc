"""The issues of a task as the next scan needs them, read in one go."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bottega.check.issues.marks import IMPORTED
from bottega.check.issues.states import FILE_DELETED, IssueStatus
from bottega.check.issues.tables import CheckIssue
from bottega.check.tracking.matching import KnownIssue

REOPEN_MS = 90 * 24 * 3600 * 1000
"""For how long a fixed issue that comes back is the same issue."""


class Remembered(KnownIssue):
    """An issue with what a scan may change of it; named as in :class:`~bottega.check.issues.tables.CheckIssue`."""

    id: str = ""
    language: str = ""
    severity: int = 0
    status: int = 0
    triage: int = 0
    is_new: bool = False
    deferred: bool = False
    deferred_at: int | None = None
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    message: str = ""
    author: str = ""
    owner: str = ""
    fingerprint: str = ""
    found_at: int = 0
    seen_in: str = ""
    gone_reason: str = ""
    edited: bool = False
    status_at: int | None = None


_TRACKED = ("rule", "path", "line", "scope", "statement", "masked", "line_hash", "neighbours")
_OWN = Remembered.__struct_fields__[len(KnownIssue.__struct_fields__) :]
_HASH = 16


def remembered(session: Session, task_id: str, now: int, imported: str = "") -> list[Remembered]:
    """All issues of a task that a scan at ``now`` may find again.

    With ``imported``, the engine of another tool, those that an import of its findings may find again; no scan says
    anything of these.
    """
    by = CheckIssue.engine == imported if imported else CheckIssue.engine.not_like(f"{IMPORTED}%")
    rows = session.execute(select(*_columns(*_TRACKED, *_OWN)).where(_findable(task_id, now), by))
    return list(_read(rows))


def _columns(*names: str) -> list[InstrumentedAttribute[Any]]:
    return [getattr(CheckIssue, name) for name in names]


def _findable(task_id: str, now: int) -> ColumnElement[bool]:
    fixed = CheckIssue.status == IssueStatus.FIXED
    return and_(
        CheckIssue.task_id == task_id,
        or_(CheckIssue.status != IssueStatus.FIXED, and_(fixed, CheckIssue.closed_at >= now - REOPEN_MS)),
    )


def _read(rows: Iterable[tuple[Any, ...]]) -> Iterator[Remembered]:
    kept = len(_TRACKED) - 1
    make: Any = Remembered
    for row in rows:
        around = row[kept]
        stale = closed = False
        # A keyword for each field would cost more than reading the row.
        one: Remembered = make(
            *row[:kept], around[:_HASH].rstrip(), around[_HASH:].rstrip(), stale, closed, *row[kept + 1 :]
        )
        gone = one.status == IssueStatus.GONE
        one.closed = one.status == IssueStatus.FIXED or (gone and one.gone_reason == FILE_DELETED)
        one.stale = gone
        yield one
