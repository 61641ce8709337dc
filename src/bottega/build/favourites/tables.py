"""The table of stars."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Millis


class Favourite(Base):
    """A user's star on a task."""

    __tablename__ = "build_favourites"

    user_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    task_id: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[int] = mapped_column(Millis)
