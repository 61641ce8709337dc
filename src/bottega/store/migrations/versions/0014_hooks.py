"""hooks

Revision ID: 0014
Revises: 0013
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

BATCH = 500
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "build_hooks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("branches", JSON, nullable=False),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("creator_id", sa.String(length=32), nullable=False),
        sa.Column("creator_name", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("rotated_at", sa.BigInteger(), nullable=True),
        sa.Column("last_delivery_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_build_hooks")),
    )
    op.create_index("ix_build_hooks_task", "build_hooks", ["task_id", "created_at"])
    op.create_table(
        "build_hook_deliveries",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("hook_id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("forge", sa.String(length=16), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("push", JSON, nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=True),
        sa.Column("build_no", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.BigInteger(), nullable=True),
        sa.Column("redelivery_of", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_build_hook_deliveries")),
        sa.UniqueConstraint("hook_id", "key", name=op.f("uq_build_hook_deliveries_hook_id_key")),
    )
    op.create_index(
        "ix_build_hook_deliveries_list", "build_hook_deliveries", ["hook_id", "received_at", "id"]
    )
    op.create_index("ix_build_hook_deliveries_waiting", "build_hook_deliveries", ["next_try_at"])

    op.create_table(
        "build_watches",
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("url_key", sa.String(length=64), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("branch", sa.String(length=255), nullable=False),
        sa.Column("commit_id", sa.String(length=64), nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=True),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_build_watches")),
    )
    op.create_index("ix_build_watches_due", "build_watches", ["next_at"])
    op.create_index("ix_build_watches_url", "build_watches", ["url_key"])
    _add_watches()
    op.create_table(
        "build_badges",
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_token", sa.LargeBinary(), nullable=False),
        sa.Column("creator_name", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_build_badges")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_build_badges_token_hash")),
    )
    op.create_table(
        "build_commit_statuses",
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("next_try_at", sa.BigInteger(), nullable=True),
        sa.Column("claimed_until", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.String(length=16), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_build_commit_statuses")),
    )
    op.create_index("ix_build_commit_statuses_due", "build_commit_statuses", ["next_try_at"])
    op.create_index("ix_build_commit_statuses_created_at", "build_commit_statuses", ["created_at"])


def downgrade() -> None:
    op.drop_table("build_commit_statuses")
    op.drop_table("build_badges")
    op.drop_table("build_watches")
    op.drop_table("build_hook_deliveries")
    op.drop_table("build_hooks")


def _add_watches() -> None:
    """Tasks whose ``is_auto_build`` was saved while it had no effect: the server finds out what to look at."""
    tasks = sa.table("build_tasks", sa.column("id"), sa.column("tenant_id"), sa.column("definition", JSON))
    empty = {"url": "", "url_key": "", "host": "", "branch": "", "commit_id": "", "error": ""}
    watches = sa.table("build_watches")
    for name in ("task_id", "tenant_id", "next_at", "failures", *empty):
        watches.append_column(sa.column(name))
    connection = op.get_bind()
    query = sa.select(tasks.c.id, tasks.c.tenant_id, tasks.c.definition).order_by(tasks.c.id).limit(BATCH)
    last = ""
    while rows := connection.execute(query.where(tasks.c.id > last)).all():
        last = rows[-1].id
        found: list[dict[str, Any]] = [
            {"task_id": row.id, "tenant_id": row.tenant_id, "next_at": 0, "failures": 0, **empty}
            for row in rows
            if _is_automatic(row.definition)
        ]
        if found:
            connection.execute(sa.insert(watches), found)


def _is_automatic(definition: dict[str, Any]) -> bool:
    sources: list[dict[str, Any]] = definition.get("scms") or []
    return any(scm.get("is_auto_build") is True for scm in sources)
