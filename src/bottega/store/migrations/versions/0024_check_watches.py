"""repositories that are looked at for check tasks

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    watches = op.create_table(
        "check_watches",
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("url_key", sa.String(length=64), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("heads", JSON, nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=True),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["check_tasks.id"],
            name=op.f("fk_check_watches_task_id_check_tasks"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_check_watches")),
    )
    op.create_index("ix_check_watches_due", "check_watches", ["next_at"])
    op.create_index("ix_check_watches_url", "check_watches", ["url_key"])
    # The rest is found out by the first look.
    tasks = sa.table(
        "check_tasks",
        sa.column("id", sa.String),
        sa.column("tenant_id", sa.String),
        sa.column("parent_id", sa.String),
        sa.column("settings", JSON),
        sa.column("deleted_at", sa.BigInteger),
    )
    found = op.get_bind().execute(
        sa.select(tasks.c.id, tasks.c.tenant_id, tasks.c.settings).where(
            tasks.c.parent_id.is_(None), tasks.c.deleted_at.is_(None)
        )
    )
    nothing: dict[str, str] = {}
    unknown: dict[str, object] = {"heads": nothing, "next_at": 0, "failures": 0}
    unknown |= dict.fromkeys(("url", "url_key", "host", "error"), "")
    rows: list[dict[str, object]] = [
        {"task_id": row.id, "tenant_id": row.tenant_id, **unknown}
        for row in found
        if row.settings.get("trigger_on_push")
    ]
    if rows:
        op.bulk_insert(watches, rows)


def downgrade() -> None:
    op.drop_table("check_watches")
