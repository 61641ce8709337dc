"""What tasks' notices are set to, and what happened and is still to be told. Times are epoch milliseconds."""

from typing import Any

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Json, Millis


class NoticeSetting(Base):
    """One channel of one task; where there is no row, the defaults hold. ``events`` are those that are told.

    ``sealed_target`` is where a robot or webhook is (:mod:`bottega.notify.target`). It outlives the switching off.
    """

    __tablename__ = "notice_settings"

    task_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    events: Mapped[list[str]] = mapped_column(Json)
    sealed_target: Mapped[bytes | None] = mapped_column(LargeBinary)
    updated_at: Mapped[int] = mapped_column(Millis)


class NoticeOutbox(Base):
    """Something that happened, written in the transaction in which it happened and deleted once it is taken up.

    ``run_id`` names the run that ended. Events of a task itself have none and keep in ``facts`` who did it and why.
    """

    __tablename__ = "notice_outbox"
    __table_args__ = (Index("ix_notice_outbox_at", "at", "id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    event: Mapped[str] = mapped_column(String(32))
    task_id: Mapped[str] = mapped_column(String(32))
    run_id: Mapped[str | None] = mapped_column(String(36))
    facts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    at: Mapped[int] = mapped_column(Millis)
