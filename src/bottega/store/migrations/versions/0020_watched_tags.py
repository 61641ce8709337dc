"""tags of repositories that are looked at

Revision ID: 0020
Revises: 0019
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

BATCH = 500
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "build_watches", sa.Column("kind", sa.String(length=16), nullable=False, server_default="branch")
    )
    op.add_column("build_watches", sa.Column("seen_tags", JSON, nullable=True))
    _add_watches()


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM build_watches WHERE kind = 'tag'"))
    op.drop_column("build_watches", "seen_tags")
    op.drop_column("build_watches", "kind")


def _add_watches() -> None:
    """Tasks that build tags, saved while nobody looked for those: the server finds out what to look at."""
    tasks = sa.table("build_tasks", sa.column("id"), sa.column("tenant_id"), sa.column("definition", JSON))
    empty = {"url": "", "url_key": "", "host": "", "branch": "", "commit_id": "", "error": "", "kind": "tag"}
    watches = sa.table("build_watches")
    for name in ("task_id", "tenant_id", "next_at", "failures", *empty):
        watches.append_column(sa.column(name))
    connection = op.get_bind()
    query = sa.select(tasks.c.id, tasks.c.tenant_id, tasks.c.definition).order_by(tasks.c.id).limit(BATCH)
    last = ""
    while rows := connection.execute(query.where(tasks.c.id > last)).all():
        last = rows[-1].id
        builds_tags = {row.id: row.tenant_id for row in rows if _is_automatic_for_tags(row.definition)}
        known = set(
            connection.scalars(sa.select(watches.c.task_id).where(watches.c.task_id.in_(builds_tags)))
        )
        found: list[dict[str, Any]] = [
            {"task_id": task_id, "tenant_id": tenant_id, "next_at": 0, "failures": 0, **empty}
            for task_id, tenant_id in builds_tags.items()
            if task_id not in known
        ]
        if found:
            connection.execute(sa.insert(watches), found)


def _is_automatic_for_tags(definition: dict[str, Any]) -> bool:
    sources: list[dict[str, Any]] = definition.get("scms") or []
    return any(scm.get("is_auto_build") is True and scm.get("build_type") == "tag" for scm in sources[:1])
