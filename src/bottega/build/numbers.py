"""The numbers of a task's runs: one gapless count, and one per day."""

from datetime import datetime

from sqlalchemy import case, update
from sqlalchemy.orm import Session

from bottega.build.tables import BuildTask


def take_number(session: Session, tenant_id: str, task_id: str, at: datetime) -> tuple[BuildTask, str] | None:
    """Count one run of the task inside the caller's write transaction; None when there is no such task.

    Returns the task, whose ``last_number`` is the new run's, and the daily number ``YYYYMMDD.N``; ``at`` is local time.
    The row stays locked until the transaction ends, so that two runs can never take the same number, and a transaction
    that is rolled back leaves no gap.
    """
    today = at.strftime("%Y%m%d")
    counted = (
        update(BuildTask)
        .where(BuildTask.id == task_id, BuildTask.tenant_id == tenant_id, BuildTask.deleted_at.is_(None))
        .values(
            last_number=BuildTask.last_number + 1,
            daily_count=case((BuildTask.daily_date == today, BuildTask.daily_count + 1), else_=1),
            daily_date=today,
        )
        .returning(BuildTask)
    )
    task = session.scalars(counted, execution_options={"synchronize_session": False}).one_or_none()
    if task is None:
        return None
    return task, f"{today}.{task.daily_count}"
