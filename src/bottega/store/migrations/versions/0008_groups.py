"""groups, and indexes for lists

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

PRESENT = sa.text("deleted_at IS NULL")
BINNED = sa.text("deleted_at IS NOT NULL")
LISTED = ["creator_id", "own_permissions", "group_id", "name", "updated_at", "creator_name", "deleted_at"]

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "build_groups",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("parent_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("creator_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updater_id", sa.String(length=32), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_build_groups")),
        sa.UniqueConstraint(
            "project_id", "parent_id", "name", name=op.f("uq_build_groups_project_id_parent_id_name")
        ),
    )
    # Until now a task could name any group, and there were none.
    op.execute("UPDATE build_tasks SET group_id = '' WHERE group_id <> ''")

    op.drop_index("ix_build_tasks_tenant_created", "build_tasks")
    op.drop_index("ix_build_tasks_project_created", "build_tasks")
    _create_list_index("ix_build_tasks_tenant_list", ["tenant_id", "created_at", "id", "project_id", *LISTED])
    _create_list_index(
        "ix_build_tasks_project_list", ["tenant_id", "project_id", "created_at", "id", *LISTED]
    )
    op.create_index(
        "ix_build_tasks_binned",
        "build_tasks",
        ["tenant_id", "deleted_at", "id"],
        sqlite_where=BINNED,
        postgresql_where=BINNED,
    )
    op.drop_index("ix_runs_task_created", "runs")
    op.create_index("ix_runs_task_created", "runs", ["task_id", "created_at", "number"])
    op.create_index(
        "ix_runs_task_filter",
        "runs",
        ["task_id", "number", "state", "trigger", "user_name", "branch", "tag", "created_at"],
    )


def downgrade() -> None:
    op.drop_index("ix_runs_task_filter", "runs")
    op.drop_index("ix_runs_task_created", "runs")
    op.create_index("ix_runs_task_created", "runs", ["task_id", "created_at"])
    op.drop_index("ix_build_tasks_binned", "build_tasks")
    op.drop_index("ix_build_tasks_project_list", "build_tasks")
    op.drop_index("ix_build_tasks_tenant_list", "build_tasks")
    op.create_index(
        "ix_build_tasks_project_created", "build_tasks", ["project_id", "deleted_at", "created_at"]
    )
    op.create_index("ix_build_tasks_tenant_created", "build_tasks", ["tenant_id", "deleted_at", "created_at"])
    op.drop_table("build_groups")


def _create_list_index(name: str, columns: list[str]) -> None:
    op.create_index(name, "build_tasks", columns, sqlite_where=PRESENT, postgresql_where=PRESENT)
