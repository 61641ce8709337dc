"""check triggers

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "check_triggers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=320), nullable=False),
        sa.Column("news", JSON, nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("next_try_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["check_tasks.id"],
            name=op.f("fk_check_triggers_task_id_check_tasks"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_triggers")),
        sa.UniqueConstraint("task_id", "subject", name=op.f("uq_check_triggers_task_id_subject")),
    )
    op.create_index("ix_check_triggers_due", "check_triggers", ["next_try_at"])


def downgrade() -> None:
    op.drop_index("ix_check_triggers_due", table_name="check_triggers")
    op.drop_table("check_triggers")
