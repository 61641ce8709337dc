"""Tables of what is on its way."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Json, Millis


class StoredObject(Base):
    """An object no other row answers for: it is being uploaded, or it is to be deleted (``doomed``).

    The row is there before the object is, and goes in the very transaction in which another row names the object.
    """

    __tablename__ = "stored_objects"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    object_key: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(16))
    run_id: Mapped[str] = mapped_column(String(36), default="", index=True)
    attempt: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(Millis, default=0)
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    receiving: Mapped[bool] = mapped_column(default=False)
    doomed: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[int] = mapped_column(Millis, index=True)
