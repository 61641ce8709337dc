"""What scans, and whoever runs them, need to know of their task."""

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.check.scans.states import UNFINISHED, ScanState
from bottega.check.tasks import reading
from bottega.check.tasks.settings import TaskSettings
from bottega.check.tasks.tables import CheckScan, CheckTask


def settings_for(session: Session, task: CheckTask) -> TaskSettings:
    """The settings of the task's family, with the merge request of the task itself."""
    settings = reading.settings_of(session, task)
    if task.parent_id is not None:
        own = msgspec.convert(task.settings, TaskSettings)
        settings.merge_request = own.merge_request or settings.merge_request
    return settings


def unfinished(session: Session, task_id: str) -> CheckScan | None:
    """The scan that keeps the task from being checked."""
    query = select(CheckScan).where(
        CheckScan.task_id == task_id, CheckScan.state.in_([str(state) for state in UNFINISHED])
    )
    return session.scalars(query.limit(1)).one_or_none()


def of_default_branch(session: Session, scan: CheckScan) -> CheckScan | None:
    """The newest successful scan of the family's default branch, for scans of other tasks."""
    task = session.get(CheckTask, scan.task_id)
    if task is None or task.parent_id is None:
        return None
    return reading.latest(session, session.get_one(CheckTask, task.parent_id), ScanState.SUCCESS)


def before(session: Session, scan: CheckScan) -> CheckScan | None:
    """The newest successful scan of the same task before this one."""
    query = (
        select(CheckScan)
        .where(
            CheckScan.task_id == scan.task_id,
            CheckScan.state == ScanState.SUCCESS,
            CheckScan.number < scan.number,
        )
        .order_by(CheckScan.number.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()
