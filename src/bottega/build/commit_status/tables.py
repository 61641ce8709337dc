"""What forges are still to be told."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bottega.forges.claims import ToTell
from bottega.store.base import Base


class CommitStatus(ToTell, Base):
    """One run whose commit's status is kept up to date; what is told is what the run's row says when it is told.

    ``version`` grows whenever the run has changed. ``sent`` is what the forge was told last.
    """

    __tablename__ = "build_commit_statuses"
    __table_args__ = (
        Index("ix_build_commit_statuses_due", "next_try_at"),
        Index("ix_build_commit_statuses_created_at", "created_at"),
    )

    run_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    sent: Mapped[str] = mapped_column(String(16), default="")
