"""what runs demand of agents

Revision ID: 0015
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "runs", sa.Column("demands", sa.String(length=512), server_default=sa.text("''"), nullable=False)
    )
    op.drop_index("ix_runs_queue", table_name="runs")
    op.create_index("ix_runs_queue", "runs", ["state", "pool", "arch", "tenant_id", "queued_at", "demands"])


def downgrade() -> None:
    op.drop_index("ix_runs_queue", table_name="runs")
    op.create_index("ix_runs_queue", "runs", ["state", "pool", "arch", "queued_at"])
    op.drop_column("runs", "demands")
