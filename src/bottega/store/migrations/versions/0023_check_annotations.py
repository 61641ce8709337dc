"""issues that merge requests are told of

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "check_annotations",
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("scan_id", sa.String(length=32), nullable=False),
        sa.Column("lines", JSON, nullable=False),
        sa.Column("unsure", sa.String(length=32), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("next_try_at", sa.BigInteger(), nullable=True),
        sa.Column("claimed_until", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["check_tasks.id"],
            name=op.f("fk_check_annotations_task_id_check_tasks"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_check_annotations")),
    )
    op.create_index("ix_check_annotations_due", "check_annotations", ["next_try_at"])
    op.create_index("ix_check_annotations_created_at", "check_annotations", ["created_at"])
    op.create_table(
        "check_told_issues",
        sa.Column("issue_id", sa.String(length=32), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("told_in", sa.String(length=32), nullable=False),
        sa.Column("thread", sa.String(length=64), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"],
            ["check_issues.id"],
            name=op.f("fk_check_told_issues_issue_id_check_issues"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["check_tasks.id"],
            name=op.f("fk_check_told_issues_task_id_check_tasks"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_check_told_issues")),
    )
    op.create_index("ix_check_told_issues_task", "check_told_issues", ["task_id"])


def downgrade() -> None:
    op.drop_index("ix_check_told_issues_task", table_name="check_told_issues")
    op.drop_table("check_told_issues")
    op.drop_index("ix_check_annotations_created_at", table_name="check_annotations")
    op.drop_index("ix_check_annotations_due", table_name="check_annotations")
    op.drop_table("check_annotations")
