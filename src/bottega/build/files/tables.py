"""Tables of the file manager. Times are epoch milliseconds."""

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Millis


class KeystoreFile(Base):
    """A file of a tenant. ``sealed_content`` is read only when it is asked for; ``size`` is that of the content."""

    __tablename__ = "keystore_files"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(500))
    description: Mapped[str] = mapped_column(Text, default="")
    shared: Mapped[bool] = mapped_column(default=False)
    size: Mapped[int]
    creator_id: Mapped[str] = mapped_column(String(32))
    creator_name: Mapped[str] = mapped_column(String(128))
    updater_id: Mapped[str] = mapped_column(String(32))
    updater_name: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[int] = mapped_column(Millis)
    updated_at: Mapped[int] = mapped_column(Millis)
    sealed_content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class FilePermission(Base):
    """What one user may do with one file. The creator's row has all four rights and is never changed or removed."""

    __tablename__ = "keystore_permissions"
    __table_args__ = (
        UniqueConstraint("file_id", "user_id"),
        Index("ix_keystore_permissions_user_id", "tenant_id", "user_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    file_id: Mapped[str] = mapped_column(ForeignKey("keystore_files.id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(String(32))
    user_name: Mapped[str] = mapped_column(String(128))
    is_creator: Mapped[bool] = mapped_column(default=False)
    setting: Mapped[bool]
    delete: Mapped[bool]
    modify: Mapped[bool]
    usage: Mapped[bool]
    created_at: Mapped[int] = mapped_column(Millis)
