"""Table of dependency caches."""

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Millis


class DependencyCache(Base):
    """What one tool had downloaded at the end of a build step.

    ``owner_id`` is who may be given it: the build task, or with ``shared`` the project. ``task_id`` is the task that
    left it, ``number`` that of its build. ``key`` and ``sha256`` in hex, ``size`` in bytes as stored, times in epoch
    milliseconds.
    """

    __tablename__ = "dependency_caches"
    __table_args__ = (
        UniqueConstraint("owner_id", "tool", "key"),
        Index("ix_dependency_caches_newest", "owner_id", "tool", "created_at"),
        Index("ix_dependency_caches_used", "tenant_id", "used_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    project_id: Mapped[str] = mapped_column(String(32), index=True)
    task_id: Mapped[str] = mapped_column(String(32), index=True)
    owner_id: Mapped[str] = mapped_column(String(32))
    shared: Mapped[bool]
    tool: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(Millis)
    sha256: Mapped[str] = mapped_column(String(64))
    object_key: Mapped[str] = mapped_column(String(255))
    number: Mapped[int]
    created_at: Mapped[int] = mapped_column(Millis)
    used_at: Mapped[int] = mapped_column(Millis)
