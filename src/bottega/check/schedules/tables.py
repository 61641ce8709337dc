"""When check tasks are checked by the clock. Times are epoch milliseconds."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Json, Millis


class CheckSchedule(Base):
    """The schedule of a family of tasks, for the branch of its first task.

    ``crons`` are expressions of five fields, meant in ``zone``. ``next_at`` is None while it is switched off, and when
    no time is ahead. Its checks run as the user ``user_id``, who saved it last.
    """

    __tablename__ = "check_schedules"
    __table_args__ = (Index("ix_check_schedules_due", "next_at"),)

    task_id: Mapped[str] = mapped_column(ForeignKey("check_tasks.id", ondelete="CASCADE"), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[str] = mapped_column(String(32))
    on: Mapped[bool]
    crons: Mapped[list[str]] = mapped_column(Json)
    zone: Mapped[str] = mapped_column(String(64))
    next_at: Mapped[int | None] = mapped_column(Millis)
