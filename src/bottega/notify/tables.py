"""Tables of what is to be told, of what is sent, of each try, and of messages in the console.

Times are epoch milliseconds.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Json, Millis


class NoticeOutbox(Base):
    """Something that happened, written in the transaction in which it happened and deleted once it is taken up.

    ``kind`` says which domain has the words for it, and what ``facts`` are. ``run_id`` names the run that ended, if it
    is about one.
    """

    __tablename__ = "notice_outbox"
    __table_args__ = (Index("ix_notice_outbox_at", "at", "id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    event: Mapped[str] = mapped_column(String(32))
    task_id: Mapped[str] = mapped_column(String(32))
    run_id: Mapped[str | None] = mapped_column(String(36))
    facts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    at: Mapped[int] = mapped_column(Millis)


class DeliveryState(StrEnum):
    """WITHDRAWN: whoever asked for it turned the channel off, or deleted the task, before it was sent."""

    PENDING = "PENDING"
    SENT = "SENT"
    FAILED = "FAILED"
    WITHDRAWN = "WITHDRAWN"


class Delivery(Base):
    """One message to one place. ``origin`` says whose wish it is, in the words of the domain that made it.

    ``claimed_by`` is the replica that is sending it now; should that one die, ``next_try_at`` is when another may try.
    Deliveries of one ``lane`` go out one at a time, in the order of their ``sequence``. ``shown_target`` is for people:
    a mail address or a masked URL.
    """

    __tablename__ = "notify_deliveries"
    __table_args__ = (
        Index("ix_notify_deliveries_due", "state", "next_try_at"),
        Index("ix_notify_deliveries_origin", "tenant_id", "origin", "sequence"),
        Index("ix_notify_deliveries_created_at", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    tenant_id: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(16))
    origin: Mapped[str] = mapped_column(String(64))
    lane: Mapped[str] = mapped_column(String(64))
    shown_target: Mapped[str] = mapped_column(String(1024))
    sealed_target: Mapped[bytes | None] = mapped_column(LargeBinary)
    event: Mapped[str] = mapped_column(String(32))
    message: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(16), default=DeliveryState.PENDING)
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[int] = mapped_column(Millis)
    next_try_at: Mapped[int] = mapped_column(Millis)
    claimed_by: Mapped[str | None] = mapped_column(String(32))
    finished_at: Mapped[int | None] = mapped_column(Millis)
    error: Mapped[str] = mapped_column(Text, default="")


class DeliveryTry(Base):
    """One try at a delivery. ``latency_ms`` is null while it lasts, and for ever if the server died meanwhile.

    ``status`` is the HTTP status or the SMTP code, null when there was no answer; ``error`` is empty for success.
    """

    __tablename__ = "notify_tries"

    delivery_id: Mapped[str] = mapped_column(
        ForeignKey("notify_deliveries.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tenant_id: Mapped[str] = mapped_column(String(32))
    started_at: Mapped[int] = mapped_column(Millis)
    latency_ms: Mapped[int | None]
    status: Mapped[int | None]
    error: Mapped[str] = mapped_column(Text, default="")


class InboxMessage(Base):
    """A message one user finds in the console."""

    __tablename__ = "notify_inbox"
    __table_args__ = (
        Index("ix_notify_inbox_user", "tenant_id", "user_id", "created_at", "id"),
        Index("ix_notify_inbox_created_at", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[str] = mapped_column(String(32))
    event: Mapped[str] = mapped_column(String(32))
    message: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[int] = mapped_column(Millis)
    read_at: Mapped[int | None] = mapped_column(Millis)
