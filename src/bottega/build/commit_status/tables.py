"""What forges are still to be told. Times are epoch milliseconds, by the database's clock."""

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Millis


class CommitStatus(Base):
    """One run whose commit's status is kept up to date; what is told is what the run's row says when it is told.

    ``version`` grows whenever the run has changed. ``next_try_at`` is None while there is nothing to tell; until
    ``claimed_until`` one replica is telling. ``sent`` is what the forge was told last.
    """

    __tablename__ = "build_commit_statuses"
    __table_args__ = (
        Index("ix_build_commit_statuses_due", "next_try_at"),
        Index("ix_build_commit_statuses_created_at", "created_at"),
    )

    run_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    host: Mapped[str] = mapped_column(String(255))
    version: Mapped[int] = mapped_column(default=1)
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[int] = mapped_column(Millis)
    next_try_at: Mapped[int | None] = mapped_column(Millis)
    claimed_until: Mapped[int] = mapped_column(Millis, default=0)
    sent: Mapped[str] = mapped_column(String(16), default="")
    error: Mapped[str] = mapped_column(Text, default="")
