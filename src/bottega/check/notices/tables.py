"""What notices of check tasks are set to. Times are epoch milliseconds."""

from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Json, Millis


class CheckNoticeSetting(Base):
    """The switches of a family of tasks, by its root, or of a whole project, where ``task_id`` is empty.

    ``switches`` are ``{event: {channel: bool}}``; what is missing is as one level further up.
    """

    __tablename__ = "check_notice_settings"

    project_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    task_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    switches: Mapped[dict[str, Any]] = mapped_column(Json)
    updated_at: Mapped[int] = mapped_column(Millis)


class CheckNoticeHook(Base):
    """A robot or webhook that hears of the checks of a family of tasks.

    ``events`` are those it wants to hear of; ``sealed_target`` is where it is (:mod:`bottega.notify.target`).
    """

    __tablename__ = "check_notice_hooks"
    __table_args__ = (Index("ix_check_notice_hooks_task", "task_id", "created_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("check_tasks.id", ondelete="CASCADE"))
    tenant_id: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(16))
    on: Mapped[bool]
    events: Mapped[list[str]] = mapped_column(Json)
    sealed_target: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[int] = mapped_column(Millis)
    updated_at: Mapped[int] = mapped_column(Millis)
