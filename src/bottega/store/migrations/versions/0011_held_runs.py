"""held runs, what is still to be planned, and the jobs of build flows

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
IS_JOB = sa.text("parent_run_id IS NOT NULL")
EMPTY = sa.text("''")

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_runs_queue", "runs")
    with op.batch_alter_table("runs") as runs:
        runs.alter_column("task_id", existing_type=sa.String(length=32), nullable=True)
        runs.add_column(sa.Column("parent_run_id", sa.String(length=36), nullable=True))
        runs.add_column(sa.Column("rerun_of", sa.String(length=36), nullable=True))
        runs.add_column(sa.Column("job", sa.String(length=128), server_default=EMPTY, nullable=False))
        runs.add_column(sa.Column("held", sa.String(length=8), server_default=EMPTY, nullable=False))
    op.create_index("ix_runs_queue", "runs", ["state", "held", "pool", "arch", "queued_at"])
    op.create_index("ix_runs_parent", "runs", ["parent_run_id"], sqlite_where=IS_JOB, postgresql_where=IS_JOB)
    op.create_table(
        "build_plan_requests",
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.String(length=255), nullable=False),
        sa.Column("inputs", JSON, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("claimed_by", sa.String(length=32), server_default=EMPTY, nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_build_plan_requests_run_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_build_plan_requests")),
    )
    op.create_index("ix_build_plan_requests_due", "build_plan_requests", ["due_at"])
    op.create_table(
        "build_flow_jobs",
        sa.Column("flow_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("depends_on", JSON, nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("skipped", sa.Text(), server_default=EMPTY, nullable=False),
        sa.Column("planned", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["flow_id"], ["runs.id"], name=op.f("fk_build_flow_jobs_flow_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("flow_id", "position", name=op.f("pk_build_flow_jobs")),
    )
    op.create_index(op.f("ix_build_flow_jobs_run_id"), "build_flow_jobs", ["run_id"])


def downgrade() -> None:
    op.drop_table("build_flow_jobs")
    op.drop_table("build_plan_requests")
    # Jobs have no place in a schema without flows.
    op.execute("DELETE FROM runs WHERE parent_run_id IS NOT NULL")
    op.drop_index("ix_runs_parent", "runs")
    op.drop_index("ix_runs_queue", "runs")
    with op.batch_alter_table("runs") as runs:
        runs.drop_column("held")
        runs.drop_column("job")
        runs.drop_column("rerun_of")
        runs.drop_column("parent_run_id")
        runs.alter_column("task_id", existing_type=sa.String(length=32), nullable=False)
    op.create_index("ix_runs_queue", "runs", ["state", "pool", "arch", "queued_at"])
