"""pools, labels and drained agents; what runs demand of agents

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


QUEUE = ["state", "held", "pool", "arch", "tenant_id", "queued_at", "demands"]
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "agent_pools",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("concurrency", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_agent_pools")),
    )
    op.add_column("agents", sa.Column("labels", JSON, server_default=sa.text("'[]'"), nullable=False))
    op.add_column("agents", sa.Column("draining_at", sa.BigInteger(), nullable=True))
    op.add_column(
        "runs", sa.Column("demands", sa.String(length=512), server_default=sa.text("''"), nullable=False)
    )
    op.drop_index("ix_runs_tenant_state", table_name="runs")
    op.create_index("ix_runs_tenant_state", "runs", ["tenant_id", "state", "pool"])
    op.drop_index("ix_runs_queue", table_name="runs")
    op.create_index("ix_runs_queue", "runs", QUEUE)


def downgrade() -> None:
    op.drop_index("ix_runs_queue", table_name="runs")
    op.create_index("ix_runs_queue", "runs", ["state", "held", "pool", "arch", "queued_at"])
    op.drop_column("runs", "demands")
    op.drop_index("ix_runs_tenant_state", table_name="runs")
    op.create_index("ix_runs_tenant_state", "runs", ["tenant_id", "state"])
    op.drop_column("agents", "draining_at")
    op.drop_column("agents", "labels")
    op.drop_table("agent_pools")
