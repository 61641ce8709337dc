"""The tables of CodeArts projects and their members. Times are epoch milliseconds."""

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Millis

_NOT_DELETED = text("deleted_at IS NULL")


class Project(Base):
    """A CodeArts project. ``number`` counts per tenant from 1: clients expect a 32-bit ``project_num_id``.

    A deleted project keeps its row, because finished runs still name it; its name may be used again.
    """

    __tablename__ = "projects"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index(
            "uq_projects_tenant_id_name",
            "tenant_id",
            "name",
            unique=True,
            sqlite_where=_NOT_DELETED,
            postgresql_where=_NOT_DELETED,
        ),
        Index("ix_projects_tenant_id_created_at", "tenant_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(128))
    description: Mapped[str] = mapped_column(Text, default="")
    project_type: Mapped[str] = mapped_column(String(32), default="scrum")
    source: Mapped[str] = mapped_column(String(64), default="")
    enterprise_id: Mapped[str] = mapped_column(String(64), default="")
    creator_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[int] = mapped_column(Millis)
    updated_at: Mapped[int] = mapped_column(Millis)
    deleted_at: Mapped[int | None] = mapped_column(Millis)


class ProjectMember(Base):
    """Someone who was named a member of a project, with one role (see :mod:`bottega.projects.roles`)."""

    __tablename__ = "project_members"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role_id: Mapped[int]
    created_at: Mapped[int] = mapped_column(Millis)
