"""The table of pools."""

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Millis


class AgentPool(Base):
    """What is known of a pool beside its agents. A pool without a row has no limit. Times are epoch milliseconds.

    ``concurrency``: how many runs it may run at a time, null for as many as its agents have slots.
    """

    __tablename__ = "agent_pools"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    description: Mapped[str] = mapped_column(Text, default="")
    concurrency: Mapped[int | None]
    created_by: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[int] = mapped_column(Millis)
    updated_at: Mapped[int] = mapped_column(Millis)
