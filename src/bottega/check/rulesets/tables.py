"""Tables of rule sets. The system's own sets are not among them: they follow from the catalogue."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Json, Millis


class RuleSet(Base):
    """A custom rule set of a tenant, for one language, which never changes.

    ``rules`` maps unified rule ids to ``{"on", "severity", "options"}``, each of them absent where the set follows
    ``base_id`` (a system set, another custom one, or empty) and, for severity and options, the catalogue.
    """

    __tablename__ = "check_rule_sets"
    __table_args__ = (
        Index("uq_check_rule_sets_name", "tenant_id", "project_id", "name", unique=True),
        Index("ix_check_rule_sets_list", "tenant_id", "language", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    project_id: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(128))
    description: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(16))
    base_id: Mapped[str] = mapped_column(String(32), default="")
    rules: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    creator_id: Mapped[str] = mapped_column(String(32))
    creator_name: Mapped[str] = mapped_column(String(128))
    changed_by: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[int] = mapped_column(Millis)
    updated_at: Mapped[int] = mapped_column(Millis)


class DefaultRuleSet(Base):
    """The rule set a project uses for a language when a task names only the language."""

    __tablename__ = "check_default_rule_sets"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(16), primary_key=True)
    rule_set_id: Mapped[str] = mapped_column(String(32))


class GateDefault(Base):
    """The quality gate of a tenant (``project_id`` empty) or a project, which goes before that of its tasks."""

    __tablename__ = "check_gates"

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    project_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    gate: Mapped[dict[str, Any]] = mapped_column(Json)
    changed_by: Mapped[str] = mapped_column(String(128))
    changed_at: Mapped[int] = mapped_column(Millis)
