"""notices of checks

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What waits there is about builds.
    op.add_column(
        "notice_outbox", sa.Column("kind", sa.String(length=16), nullable=False, server_default="build")
    )
    with op.batch_alter_table("notice_outbox") as outbox:
        outbox.alter_column("kind", server_default=None)
    op.create_table(
        "check_notice_settings",
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("switches", JSON, nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "task_id", name=op.f("pk_check_notice_settings")),
    )
    op.create_table(
        "check_notice_hooks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.Column("events", JSON, nullable=False),
        sa.Column("sealed_target", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["check_tasks.id"],
            name=op.f("fk_check_notice_hooks_task_id_check_tasks"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_notice_hooks")),
    )
    op.create_index("ix_check_notice_hooks_task", "check_notice_hooks", ["task_id", "created_at"])


def downgrade() -> None:
    op.drop_index("ix_check_notice_hooks_task", table_name="check_notice_hooks")
    op.drop_table("check_notice_hooks")
    op.drop_table("check_notice_settings")
    op.execute(sa.text("DELETE FROM notice_outbox WHERE kind <> 'build'"))
    op.drop_column("notice_outbox", "kind")
