"""A new scan of a task: at most one at a time, numbered from 1 on."""

from typing import Any

from sqlalchemy.orm import Session

from bottega.check.errors import TaskRunning
from bottega.check.scans import reading
from bottega.check.scans.states import ScanState
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.clock import epoch_ms
from bottega.ids import new_hex


def take_number(session: Session, task: CheckTask) -> int:
    """The number of the task's next scan, whose row is held from now on. Raises :class:`TaskRunning`."""
    session.refresh(task, with_for_update=True)
    if reading.unfinished(session, task.id) is not None:
        raise TaskRunning(f"the task {task.name} is being checked; try again later")
    task.last_number += 1
    return task.last_number


def add_scan(session: Session, task: CheckTask, run_id: str, **values: Any) -> CheckScan:
    """The row of the scan that has got the task's last number. ``values`` are further columns."""
    scan = CheckScan(
        id=new_hex(),
        task_id=task.id,
        tenant_id=task.tenant_id,
        run_id=run_id,
        number=task.last_number,
        state=ScanState.WAITING,
        created_at=epoch_ms(),
        **values,
    )
    session.add(scan)
    session.flush()
    return scan
