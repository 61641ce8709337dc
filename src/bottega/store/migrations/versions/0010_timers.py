"""timers

Revision ID: 0010
Revises: 0009
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
BATCH = 500

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "build_timers",
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("run_id", sa.String(length=36), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("stopped_at", sa.BigInteger(), nullable=True),
        sa.Column("stopped_reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_build_timers")),
    )
    op.create_index("ix_build_timers_due", "build_timers", ["due_at"])
    op.create_index("ix_build_timers_run", "build_timers", ["run_id"])
    _add_timers()


def downgrade() -> None:
    op.drop_table("build_timers")


def _add_timers() -> None:
    """Timers that were saved while none fired: the server finds out their next time when it sees them."""
    tasks = sa.table(
        "build_tasks",
        sa.column("id"),
        sa.column("tenant_id"),
        sa.column("creator_id"),
        sa.column("revision"),
        sa.column("definition", JSON),
        sa.column("deleted_at"),
        sa.column("disabled_at"),
    )
    revisions = sa.table(
        "build_task_revisions", sa.column("task_id"), sa.column("number"), sa.column("user_id")
    )
    timers = sa.table(
        "build_timers",
        sa.column("task_id"),
        sa.column("tenant_id"),
        sa.column("user_id"),
        sa.column("due_at"),
        sa.column("failures"),
        sa.column("stopped_reason"),
    )
    connection = op.get_bind()
    saver = (revisions.c.task_id == tasks.c.id) & (revisions.c.number == tasks.c.revision)
    query = (
        sa.select(
            tasks.c.id,
            tasks.c.tenant_id,
            sa.func.coalesce(revisions.c.user_id, tasks.c.creator_id).label("user_id"),
            tasks.c.definition,
            (tasks.c.deleted_at.is_(None) & tasks.c.disabled_at.is_(None)).label("runs"),
        )
        .select_from(tasks)
        .outerjoin(revisions, saver)
        .order_by(tasks.c.id)
        .limit(BATCH)
    )
    last = ""
    while rows := connection.execute(query.where(tasks.c.id > last)).all():
        last = rows[-1].id
        found: list[dict[str, Any]] = [
            {
                "task_id": row.id,
                "tenant_id": row.tenant_id,
                "user_id": row.user_id,
                "due_at": 0 if row.runs else None,
                "failures": 0,
                "stopped_reason": "",
            }
            for row in rows
            if row.definition.get("triggers")
        ]
        if found:
            connection.execute(sa.insert(timers), found)
