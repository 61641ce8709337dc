"""The table of rows that differ from the default matrix."""

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Json, Millis


class PermissionRow(Base):
    """What a role may do in a project (``task_id`` empty) or with one task. ``actions`` are their values, sorted.

    A project has rows for the roles that differ from the default; a task with its own matrix has one for every role.
    ``views`` repeats whether VIEW is among the actions, for the condition of lists.
    """

    __tablename__ = "build_permissions"
    __table_args__ = (
        UniqueConstraint("task_id", "project_id", "role_id"),
        Index("ix_build_permissions_tenant_id", "tenant_id", "task_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    project_id: Mapped[str] = mapped_column(String(32))
    task_id: Mapped[str] = mapped_column(String(32), default="")
    role_id: Mapped[int]
    actions: Mapped[list[str]] = mapped_column(Json)
    views: Mapped[bool]
    created_at: Mapped[int] = mapped_column(Millis)
    updated_at: Mapped[int] = mapped_column(Millis)
