"""Tables of the build domain."""

from typing import Any

from sqlalchemy import Index, LargeBinary, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Json, Millis

_PRESENT = text("deleted_at IS NULL")
_BINNED = text("deleted_at IS NOT NULL")


def _list_index(name: str, *order: str) -> Index:
    """Has all that lists are filtered and sorted by: definitions are long, and pages of them are read for nothing."""
    shown = ("creator_id", "own_permissions", "group_id", "name", "updated_at", "creator_name")
    # SQLite would otherwise look into the rows for what all rows of the index have in common.
    shown += ("deleted_at",)
    return Index(name, *order, *shown, sqlite_where=_PRESENT, postgresql_where=_PRESENT)


class BuildTask(Base):
    """A saved build configuration. Times are epoch milliseconds.

    ``definition`` never holds the default of a private parameter: those are in ``sealed_defaults``. ``last_number`` is
    the number of the newest run, so that a task and its latest run join on an index.
    """

    __tablename__ = "build_tasks"
    __table_args__ = (
        Index(
            "uq_build_tasks_name",
            "project_id",
            "name",
            unique=True,
            sqlite_where=_PRESENT,
            postgresql_where=_PRESENT,
        ),
        _list_index("ix_build_tasks_tenant_list", "tenant_id", "created_at", "id", "project_id"),
        _list_index("ix_build_tasks_project_list", "tenant_id", "project_id", "created_at", "id"),
        Index(
            "ix_build_tasks_binned",
            "tenant_id",
            "deleted_at",
            "id",
            sqlite_where=_BINNED,
            postgresql_where=_BINNED,
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    build_project_id: Mapped[str] = mapped_column(String(36), unique=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    project_id: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(128))
    group_id: Mapped[str] = mapped_column(String(32), default="", index=True)
    definition: Mapped[dict[str, Any]] = mapped_column(Json)
    sealed_defaults: Mapped[bytes | None] = mapped_column(LargeBinary)
    revision: Mapped[int] = mapped_column(default=1)
    creator_id: Mapped[str] = mapped_column(String(32))
    creator_name: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[int] = mapped_column(Millis)
    updated_at: Mapped[int] = mapped_column(Millis)

    last_number: Mapped[int] = mapped_column(default=0)
    daily_date: Mapped[str] = mapped_column(String(8), default="")
    daily_count: Mapped[int] = mapped_column(default=0)

    disabled_at: Mapped[int | None] = mapped_column(Millis)
    disabled_by: Mapped[str] = mapped_column(String(128), default="")
    disabled_reason: Mapped[str] = mapped_column(Text, default="")
    own_permissions: Mapped[bool] = mapped_column(default=False, server_default=false())
    deleted_at: Mapped[int | None] = mapped_column(Millis)
    deleted_by: Mapped[str] = mapped_column(String(128), default="")
