"""Finding check tasks and scans. Another tenant's, and deleted ones, do not exist."""

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.check.errors import UnknownScan, UnknownTask
from bottega.check.identifiers import check_id
from bottega.check.tasks.settings import TaskSettings
from bottega.check.tasks.tables import CheckScan, CheckTask


def task(session: Session, tenant_id: str, task_id: str, *, lock: bool = False) -> CheckTask:
    """The task of that id, of a whole family or of one branch. Raises :class:`Invalid`, :class:`UnknownTask`.

    ``lock`` holds its row until the transaction ends, as it is then, whatever was read before.
    """
    check_id(task_id, "task_id")
    query = select(CheckTask).where(
        CheckTask.id == task_id, CheckTask.tenant_id == tenant_id, CheckTask.deleted_at.is_(None)
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise UnknownTask(task_id)
    return found


def in_project(
    session: Session, tenant_id: str, project_id: str, task_id: str, *, lock: bool = False
) -> CheckTask:
    """The same, for operations that name the project too: a task of another project does not exist there."""
    check_id(project_id, "project_id")
    found = task(session, tenant_id, task_id, lock=lock)
    if found.project_id != project_id:
        raise UnknownTask(task_id)
    return found


def root_of(session: Session, one: CheckTask) -> CheckTask:
    """The task that has the settings: the one of the default branch, which may be ``one`` itself."""
    return one if one.parent_id is None else session.get_one(CheckTask, one.parent_id)


def settings_of(session: Session, one: CheckTask) -> TaskSettings:
    """The settings the task is checked with, which are those of its family."""
    return msgspec.convert(root_of(session, one).settings, TaskSettings)


def scan(session: Session, one: CheckTask, scan_id: str, field: str = "job_id") -> CheckScan:
    """A check of the task. Raises :class:`Invalid`, :class:`UnknownScan`."""
    check_id(scan_id, field)
    found = session.get(CheckScan, scan_id)
    if found is None or found.task_id != one.id:
        raise UnknownScan(scan_id)
    return found


def latest(session: Session, one: CheckTask, *states: str) -> CheckScan | None:
    """The newest check of the task, in one of ``states`` if there are any."""
    query = select(CheckScan).where(CheckScan.task_id == one.id)
    if states:
        query = query.where(CheckScan.state.in_(states))
    return session.scalars(query.order_by(CheckScan.number.desc()).limit(1)).one_or_none()
