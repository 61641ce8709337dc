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


class CheckReportJob(Base):
    """A report that somebody wants to have written, and where it lies until it is fetched, once.

    ``state`` is RUNNING, SUCCESS or FAILED, ``reason`` why it failed. ``object_key`` is empty before it is written and
    once it was fetched.
    """

    __tablename__ = "check_report_jobs"
    __table_args__ = (
        Index("ix_check_report_jobs_task", "task_id", "id"),
        Index("ix_check_report_jobs_state", "state", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("check_tasks.id", ondelete="CASCADE"))
    tenant_id: Mapped[str] = mapped_column(String(32))
    project_name: Mapped[str] = mapped_column(String(256), default="")
    state: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(500), default="")
    file: Mapped[str] = mapped_column(String(255), default="")
    object_key: Mapped[str] = mapped_column(String(255), default="")
    created_at: Mapped[int] = mapped_column(Millis)
