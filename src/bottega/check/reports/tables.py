"""Tables of what comes in and goes out as reports. Times are epoch milliseconds."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Json, Millis


class CheckImport(Base):
    """The findings of another tool that somebody has brought in for a task; they are issues of the task since.

    ``engine`` is what the tool is called among the task's engines. ``complete`` is False if the tool did not look at
    everything, so that nothing was called fixed. ``figures`` count results: findings, new, fixed, gone, reopened, and
    ``skipped`` by reason.
    """

    __tablename__ = "check_imports"
    __table_args__ = (Index("ix_check_imports_task", "task_id", "number"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("check_tasks.id", ondelete="CASCADE"))
    tenant_id: Mapped[str] = mapped_column(String(32))
    number: Mapped[int]
    """Counts the imports of a task from 1."""
    engine: Mapped[str] = mapped_column(String(32))
    tool: Mapped[str] = mapped_column(String(128))
    tool_version: Mapped[str] = mapped_column(String(64), default="")
    commit_id: Mapped[str] = mapped_column(String(64), default="")
    complete: Mapped[bool]
    user_name: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[int] = mapped_column(Millis)
    figures: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
