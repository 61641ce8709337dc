"""When tasks are due. Times are epoch milliseconds."""

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Millis


class TaskTimer(Base):
    """All timers of one task: it is due at the earliest time of any of them.

    ``next_at`` is that time, and ``due_at`` a little later, when it is looked for. Both are None while nothing is due:
    the task is disabled or deleted, its timers have no time ahead, or they were stopped (``stopped_at``).
    ``due_at`` alone means that the next time is still to be found out. ``run_id`` is the timer's newest run until its
    end was counted in ``failures``, the number of runs in a row that failed.
    """

    __tablename__ = "build_timers"
    __table_args__ = (Index("ix_build_timers_due", "due_at"), Index("ix_build_timers_run", "run_id"))

    task_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[str] = mapped_column(String(32))
    next_at: Mapped[int | None] = mapped_column(Millis)
    due_at: Mapped[int | None] = mapped_column(Millis)
    run_id: Mapped[str | None] = mapped_column(String(36))
    failures: Mapped[int] = mapped_column(default=0)
    stopped_at: Mapped[int | None] = mapped_column(Millis)
    stopped_reason: Mapped[str] = mapped_column(Text, default="")
