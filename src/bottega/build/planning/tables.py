"""What is still to be planned. Times are epoch milliseconds."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Json, Millis


class PlanRequest(Base):
    """A held run whose files are to be read, until it has a plan or its end.

    ``inputs`` are :class:`bottega.build.planning.inputs.PlanInputs`. A planner has the request for a short time,
    ``claimed_until`` by the database's clock, and says again and again that it is still at it. ``place`` is the host,
    or the repository where there is none: only so many of a place are read at a time.
    """

    __tablename__ = "build_plan_requests"
    __table_args__ = (Index("ix_build_plan_requests_due", "due_at"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    place: Mapped[str] = mapped_column(String(255))
    inputs: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[int] = mapped_column(Millis)
    due_at: Mapped[int] = mapped_column(Millis)
    tries: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    claimed_by: Mapped[str] = mapped_column(String(32), default="", server_default=text("''"))
    claimed_until: Mapped[int] = mapped_column(Millis, default=0, server_default=text("0"))
