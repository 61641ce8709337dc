"""Reading what is due, and moving it on. Whoever changes a timer first has it; others find it changed."""

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from bottega.build.definition import Definition
from bottega.build.tables import BuildTask
from bottega.build.timers.planning import due_at, timers_of
from bottega.build.timers.tables import TaskTimer
from bottega.cron.times import earliest
from bottega.runs.states import FINAL
from bottega.runs.tables import Run

BATCH = 200


class DueTimer(msgspec.Struct, frozen=True, kw_only=True):
    """A timer as it was read. ``next_at`` None: its next time is still to be found out. Times: epoch milliseconds.

    ``running`` is the number of the timer's previous run while that has not finished, or 0.
    """

    task_id: str
    tenant_id: str
    user_id: str
    task_name: str
    document: dict[str, Any]
    next_at: int | None
    due_at: int
    running: int

    @property
    def definition(self) -> Definition:
        """The task's configuration, read."""
        return msgspec.convert(self.document, Definition)

    @property
    def only_changes(self) -> bool:
        """Whether only new commits are built."""
        return self.document.get("build_if_code_updated") is True

    def time_after(self, moment: int) -> int | None:
        """The first time later than ``moment``. Raises :class:`Invalid`."""
        return earliest(timers_of(self.definition), moment)

    def as_read(self) -> ColumnElement[bool]:
        """The condition that nobody has fired the timer or saved its task since."""
        return (
            (TaskTimer.task_id == self.task_id)
            & (TaskTimer.due_at == self.due_at)
            & (TaskTimer.user_id == self.user_id)
        )


def read_due(session: Session, now: int, without: Collection[str] = ()) -> list[DueTimer]:
    """Some of the timers that are due, the longest due first, but for those of the tasks ``without``."""
    query = (
        select(TaskTimer, BuildTask.name, BuildTask.definition, Run.number, Run.state)
        .join(BuildTask, BuildTask.id == TaskTimer.task_id)
        .outerjoin(Run, Run.id == TaskTimer.run_id)
        .where(TaskTimer.due_at <= now, TaskTimer.task_id.not_in(without))
        .order_by(TaskTimer.due_at, TaskTimer.task_id)
        .limit(BATCH)
    )
    return [_due(row) for row in session.execute(query)]


def _due(row: Any) -> DueTimer:
    timer: TaskTimer = row.TaskTimer
    return DueTimer(
        task_id=timer.task_id,
        tenant_id=timer.tenant_id,
        user_id=timer.user_id,
        task_name=row.name,
        document=row.definition,
        next_at=timer.next_at,
        due_at=timer.due_at or 0,
        running=row.number if row.state is not None and row.state not in FINAL else 0,
    )


def move_on(session: Session, timer: DueTimer, next_at: int | None, run_id: str | None = None) -> bool:
    """Set the timer to its next time, and to the run it has started; False when it is no longer as it was read."""
    values: dict[str, Any] = {"next_at": next_at, "due_at": due_at(timer.task_id, next_at)}
    if run_id is not None:
        values["run_id"] = run_id
    moved = update(TaskTimer).where(timer.as_read()).values(**values).returning(TaskTimer.task_id)
    options = {"synchronize_session": False}
    return session.execute(moved, execution_options=options).one_or_none() is not None
