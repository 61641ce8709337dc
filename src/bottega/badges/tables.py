"""Which tasks show their badge to everybody. Times are epoch milliseconds."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Millis


class PublicBadge(Base):
    """The token in the badge's address is found by its hash, and shown again to managers of the task."""

    __tablename__ = "build_badges"

    task_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    sealed_token: Mapped[bytes] = mapped_column(LargeBinary)
    creator_name: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[int] = mapped_column(Millis)
