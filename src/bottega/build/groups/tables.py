"""The table of groups."""

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Millis


class BuildGroup(Base):
    """A folder of a project; ``parent_id`` is empty for one at the top. Times are epoch milliseconds.

    ``ordinal`` orders the groups of one parent. Who changed it and when are null until somebody did.
    """

    __tablename__ = "build_groups"
    # Begins with what the tree is read and walked by.
    __table_args__ = (UniqueConstraint("project_id", "parent_id", "name"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    project_id: Mapped[str] = mapped_column(String(32))
    parent_id: Mapped[str] = mapped_column(String(32), default="")
    name: Mapped[str] = mapped_column(String(128))
    ordinal: Mapped[int]
    creator_id: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[int] = mapped_column(Millis)
    updater_id: Mapped[str | None] = mapped_column(String(32))
    updated_at: Mapped[int | None] = mapped_column(Millis)
