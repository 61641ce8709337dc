"""Keeping a task's timer in step with the task, in the transactions that change it. The task's row is locked first."""

import zlib

import msgspec
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from bottega.build.definition import Definition
from bottega.build.schedule import parse_timer
from bottega.build.tables import BuildTask
from bottega.build.timers.tables import TaskTimer
from bottega.clock import epoch_ms
from bottega.cron.fields import Timer
from bottega.cron.times import earliest
from bottega.iam.principal import Principal

JITTER_MS = 5_000
"""Tasks of the same minute are spread over so much time; each task is always late by the same."""


def timers_of(definition: Definition) -> list[Timer]:
    """The timers of a task, read. Raises :class:`Invalid`."""
    triggers = definition.triggers or []
    return [parse_timer(trigger, f"triggers[{index}]") for index, trigger in enumerate(triggers)]


def due_at(task_id: str, next_at: int | None) -> int | None:
    """When a time is looked for: at most :data:`JITTER_MS` later."""
    return None if next_at is None else next_at + zlib.crc32(task_id.encode()) % (JITTER_MS + 1)


def saved(session: Session, principal: Principal, task: BuildTask) -> None:
    """The task was saved by ``principal``, as whom its timers fire from now on. Stopped ones start again."""
    row = session.get(TaskTimer, task.id, with_for_update=True)
    timers = timers_of(msgspec.convert(task.definition, Definition))
    if row is None:
        if not timers:
            return
        row = TaskTimer(task_id=task.id, tenant_id=task.tenant_id)
        session.add(row)
    row.user_id = principal.user_id
    row.failures = 0
    row.stopped_at = None
    row.stopped_reason = ""
    _plan(row, task, timers)


def resumed(session: Session, task: BuildTask) -> None:
    """The task was enabled or restored. A stopped timer stays stopped; what it missed is not made up for."""
    row = session.get(TaskTimer, task.id, with_for_update=True)
    if row is not None and row.stopped_at is None:
        _plan(row, task, timers_of(msgspec.convert(task.definition, Definition)))


def paused(session: Session, task_id: str) -> None:
    """The task was disabled or deleted."""
    _pause(session, TaskTimer.task_id == task_id)


def paused_with_project(session: Session, tenant_id: str, project_id: str) -> None:
    """All tasks of the project were deleted."""
    gone = select(BuildTask.id).where(BuildTask.tenant_id == tenant_id, BuildTask.project_id == project_id)
    _pause(session, TaskTimer.task_id.in_(gone))


def forget_task(session: Session, task_id: str) -> None:
    """The task is being purged."""
    session.execute(delete(TaskTimer).where(TaskTimer.task_id == task_id))


def _plan(row: TaskTimer, task: BuildTask, timers: list[Timer]) -> None:
    runs = task.disabled_at is None and task.deleted_at is None
    row.next_at = earliest(timers, epoch_ms()) if runs else None
    row.due_at = due_at(task.id, row.next_at)


def _pause(session: Session, which: ColumnElement[bool]) -> None:
    session.execute(
        update(TaskTimer).where(which).values(next_at=None, due_at=None),
        execution_options={"synchronize_session": False},
    )
