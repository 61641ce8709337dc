"""Tables of templates. Times are epoch milliseconds."""

from typing import Any

from sqlalchemy import Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Json, Millis


class Template(Base):
    """A custom template of a tenant.

    It has two identifiers, as in CodeArts Build: ``uuid`` stands in paths, ``object_id`` is what tasks are said to come
    from. ``parameters`` never hold the default of a private one: those are in ``sealed_defaults``.
    """

    __tablename__ = "build_templates"
    __table_args__ = (Index("ix_build_templates_tenant_created", "tenant_id", "created_at", "uuid"),)

    uuid: Mapped[str] = mapped_column(String(32), primary_key=True)
    object_id: Mapped[str] = mapped_column(String(24), unique=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(128))
    description: Mapped[str | None] = mapped_column(Text)
    tool_type: Mapped[str | None] = mapped_column(String(64))
    steps: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    parameters: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    sealed_defaults: Mapped[bytes | None] = mapped_column(LargeBinary)
    creator_id: Mapped[str] = mapped_column(String(32))
    creator_name: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[int] = mapped_column(Millis)


class TemplateFavourite(Base):
    """A user's star on a template, custom or official."""

    __tablename__ = "build_template_favourites"

    template_uuid: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[int] = mapped_column(Millis)


class TemplateUse(Base):
    """A build task that was made from a template, custom or official; told once or often, it counts once."""

    __tablename__ = "build_template_uses"
    __table_args__ = (Index("ix_build_template_uses_tenant_id", "tenant_id", "template_uuid"),)

    template_uuid: Mapped[str] = mapped_column(String(32), primary_key=True)
    task_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[str] = mapped_column(String(32))
    used_at: Mapped[int] = mapped_column(Millis)
