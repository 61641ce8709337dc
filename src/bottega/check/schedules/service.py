"""Saving schedules, and the scan that passes on what is due. Every replica makes it; each time is taken by one."""

from collections.abc import Callable

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bottega.audit.events import AuditName
from bottega.check import access
from bottega.check.access import Action
from bottega.check.schedules.choice import Schedule
from bottega.check.schedules.tables import CheckSchedule
from bottega.check.tasks import reading
from bottega.check.tasks.families import root_to_change
from bottega.check.tasks.noting import note
from bottega.check.tasks.tables import CheckTask
from bottega.check.triggers.inbox import remember
from bottega.check.triggers.news import ClockStruck
from bottega.clock import epoch_ms
from bottega.cron.times import earliest
from bottega.iam.principal import Principal
from bottega.store.database import Database

AT_ONCE = 200
GRACE_MS = 3600 * 1000
"""A time that was missed, because no server ran, is made up for so much later at most."""
SUBJECT = "clock"

log = structlog.get_logger(__name__)


class CheckSchedules:
    """``clock`` tells the time in epoch milliseconds."""

    def __init__(self, database: Database, clock: Callable[[], int] = epoch_ms) -> None:
        self._database = database
        self._clock = clock

    def show(self, principal: Principal, task_id: str) -> tuple[Schedule, int | None]:
        """When the family of a task is checked, and the next time. Raises :class:`UnknownTask`, :class:`Forbidden`."""
        with self._database.read() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.GET)
            row = session.get(CheckSchedule, task.parent_id or task.id)
            return (Schedule(), None) if row is None else (_schedule(row), row.next_at)

    def save(self, principal: Principal, task_id: str, schedule: Schedule) -> int | None:
        """Replace the schedule of a family; returns the next time. Raises :class:`Invalid` too."""
        schedule.check()
        next_at = earliest(schedule.timers(), self._clock()) if schedule.on else None
        with self._database.write() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            root = root_to_change(session, principal, task)
            session.merge(
                CheckSchedule(
                    task_id=root.id,
                    tenant_id=root.tenant_id,
                    user_id=principal.user_id,
                    on=schedule.on,
                    crons=list(schedule.crons),
                    zone=schedule.zone,
                    next_at=next_at,
                )
            )
            note(session, principal, root, AuditName.UPDATE_CHECK_TASK, "schedule")
        return next_at

    def scan(self) -> None:
        """Pass on what is due, the longest due first."""
        now = self._clock()
        due = (
            select(CheckSchedule)
            .where(CheckSchedule.next_at <= now)
            .order_by(CheckSchedule.next_at, CheckSchedule.task_id)
            .limit(AT_ONCE)
        )
        with self._database.read() as session:
            rows = session.scalars(due).all()
        for row in rows:
            with self._database.write() as session:
                self._pass_on(session, row, row.next_at or 0, now)

    @staticmethod
    def _pass_on(session: Session, row: CheckSchedule, at: int, now: int) -> None:
        root = session.get(CheckTask, row.task_id, with_for_update=True)
        try:
            following = earliest(_schedule(row).timers(), now)
        except ValueError as error:
            # It must not be in the way of all others.
            log.warning("a schedule has no time any more", task_id=row.task_id, reason=str(error))
            following = None
        moved = (
            update(CheckSchedule)
            # Saved again, or taken by another replica, it is not as it was read.
            .where(
                CheckSchedule.task_id == row.task_id,
                CheckSchedule.next_at == at,
                CheckSchedule.user_id == row.user_id,
            )
            .values(next_at=following)
            .returning(CheckSchedule.task_id)
        )
        if session.execute(moved, execution_options={"synchronize_session": False}).one_or_none() is None:
            return
        if root is None or root.deleted_at is not None:
            return
        if now - at > GRACE_MS:
            log.warning("a check was not started: its time passed while no server ran", task_id=row.task_id)
            return
        remember(session, root, SUBJECT, ClockStruck(user_id=row.user_id))


def _schedule(row: CheckSchedule) -> Schedule:
    return Schedule(on=row.on, crons=tuple(row.crons), zone=row.zone)
