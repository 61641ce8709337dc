"""Clearing away a deleted check task: its rows, its objects, its runs and their logs. The audit trail stays."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Table, delete, func, or_, select, tuple_
from sqlalchemy.orm import Session

from bottega.check.issues.tables import CheckDuplicate, CheckFile, CheckIssue, CheckIssueCount
from bottega.check.kinds import CHECK
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.runs.states import FINAL
from bottega.runs.tables import Run
from bottega.store.database import Database
from bottega.transfers.doomed import doom

TASKS_AT_ONCE = 500
RUNS_AT_ONCE = 200
ROWS_AT_ONCE = 2000
IN_A_REQUEST = 3
"""Transactions somebody who deletes a task waits for; the rest is done by the loop."""
SCAN_OBJECT = "scan"

LARGE = (CheckIssue, CheckFile, CheckDuplicate)
"""Tables that may have very many rows of one task; what happened to an issue goes with the issue."""
SMALL = (CheckIssueCount,)


class Purge:
    """Works in small transactions; a task is gone with the last of them, and what broke off goes on later."""

    def __init__(self, database: Database, remove_files: Callable[[str, str], None]) -> None:
        self._database = database
        self._remove_files = remove_files
        self.forgetting: list[Callable[[Session, str], object]] = []
        """Called for each task in the transaction in which it goes: for what other domains have of it."""

    def task(self, task_id: str, *, patient: bool = True) -> bool:
        """Purge a deleted task with its family; False when something of it is left for later.

        That is so while a check has not come to its end, and where there is much and the caller is not ``patient``.
        """
        steps = 0
        while patient or steps < IN_A_REQUEST:
            steps += 1
            with self._database.read() as session:
                ids = _family(session, task_id)
                runs = _ended_runs(session, ids)
            if not ids:
                return True
            # Logs first: a row without a log tells the truth, a log without a row would stay for ever.
            for run_id, tenant_id in runs:
                self._remove_files(tenant_id, run_id)
            with self._database.write() as session:
                session.execute(delete(Run).where(Run.id.in_([run_id for run_id, _ in runs])))
                more = len(runs) == RUNS_AT_ONCE or _remove_rows(session, ids)
                if more:
                    continue
                if _has_runs(session, ids):
                    return False
                for forget in self.forgetting:
                    for one in ids:
                        forget(session, one)
                session.execute(delete(CheckTask).where(CheckTask.id.in_(ids)))
        return False


def _family(session: Session, task_id: str) -> Sequence[str]:
    """Some of the tasks, which may be the last."""
    query = select(CheckTask.id).where(
        or_(CheckTask.id == task_id, CheckTask.parent_id == task_id), CheckTask.deleted_at.is_not(None)
    )
    # Children first: their root's row is what finds them again.
    in_order = query.order_by(CheckTask.parent_id.is_(None), CheckTask.id)
    return session.scalars(in_order.limit(TASKS_AT_ONCE)).all()


def _ended_runs(session: Session, ids: Sequence[str]) -> Sequence[tuple[str, str]]:
    query = select(Run.id, Run.tenant_id).where(Run.task_id.in_(ids), Run.kind == CHECK, Run.state.in_(FINAL))
    return [(row.id, row.tenant_id) for row in session.execute(query.limit(RUNS_AT_ONCE))]


def _has_runs(session: Session, ids: Sequence[str]) -> bool:
    query = select(Run.id).where(Run.task_id.in_(ids), Run.kind == CHECK).limit(1)
    return session.scalar(query) is not None


def _remove_rows(session: Session, ids: Sequence[str]) -> bool:
    """Remove some rows of these tasks; whether there may be more."""
    _remove_scans(session, ids)
    for small in SMALL:
        session.execute(delete(small).where(small.task_id.in_(ids)))
    left = ROWS_AT_ONCE
    for large in LARGE:
        left -= _remove_some(session, large, ids, left)
        if left <= 0:
            return True
    return False


def _remove_scans(session: Session, ids: Sequence[str]) -> None:
    scans = session.execute(
        select(CheckScan.upload_key, CheckScan.snapshot_key).where(CheckScan.task_id.in_(ids))
    ).all()
    doom(session, SCAN_OBJECT, sorted({key for row in scans for key in row if key}))
    session.execute(delete(CheckScan).where(CheckScan.task_id.in_(ids)))


def _remove_some(session: Session, kind: Any, ids: Sequence[str], limit: int) -> int:
    table: Table = kind.__table__
    key = tuple(table.primary_key.columns)
    some = select(*key).where(table.c.task_id.in_(ids)).limit(limit)
    count = session.scalar(select(func.count()).select_from(some.subquery())) or 0
    if count:
        session.execute(delete(table).where(tuple_(*key).in_(some)))
    return count
