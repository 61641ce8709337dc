"""caches

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dependency_caches",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("owner_id", sa.String(length=32), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("tool", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("object_key", sa.String(length=255), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dependency_caches")),
        sa.UniqueConstraint("owner_id", "tool", "key", name=op.f("uq_dependency_caches_owner_id_tool_key")),
    )
    op.create_index("ix_dependency_caches_project_id", "dependency_caches", ["project_id"])
    op.create_index("ix_dependency_caches_task_id", "dependency_caches", ["task_id"])
    op.create_index("ix_dependency_caches_newest", "dependency_caches", ["owner_id", "tool", "created_at"])
    op.create_index("ix_dependency_caches_used", "dependency_caches", ["tenant_id", "used_at"])


def downgrade() -> None:
    op.drop_table("dependency_caches")
