"""What tasks' notices are set to. Times are epoch milliseconds."""

from sqlalchemy import LargeBinary, String
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
