"""code check: tasks, scans, issues, rule sets

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "check_rule_sets",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("base_id", sa.String(length=32), nullable=False),
        sa.Column("rules", JSON, nullable=False),
        sa.Column("creator_id", sa.String(length=32), nullable=False),
        sa.Column("creator_name", sa.String(length=128), nullable=False),
        sa.Column("changed_by", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_rule_sets")),
    )
    op.create_index(
        "ix_check_rule_sets_list", "check_rule_sets", ["tenant_id", "language", "created_at"], unique=False
    )
    op.create_index(
        "uq_check_rule_sets_name", "check_rule_sets", ["tenant_id", "project_id", "name"], unique=True
    )
    op.create_table(
        "check_tasks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("parent_id", sa.String(length=32), nullable=True),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("task_type", sa.String(length=8), nullable=False),
        sa.Column("git_url", sa.Text(), nullable=False),
        sa.Column("repository", sa.String(length=512), nullable=False),
        sa.Column("branch", sa.String(length=255), nullable=False),
        sa.Column("template", sa.Boolean(), nullable=False),
        sa.Column("group_id", sa.String(length=32), nullable=False),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("sealed_credentials", sa.LargeBinary(), nullable=True),
        sa.Column("creator_id", sa.String(length=32), nullable=False),
        sa.Column("creator_name", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("last_checked_at", sa.BigInteger(), nullable=True),
        sa.Column("issue_version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["check_tasks.id"],
            name=op.f("fk_check_tasks_parent_id_check_tasks"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_tasks")),
    )
    op.create_index(op.f("ix_check_tasks_group_id"), "check_tasks", ["group_id"], unique=False)
    op.create_index(
        "ix_check_tasks_list", "check_tasks", ["tenant_id", "project_id", "created_at", "id"], unique=False
    )
    op.create_index("ix_check_tasks_parent", "check_tasks", ["parent_id", "kind", "created_at"], unique=False)
    op.create_index(
        "ix_check_tasks_repository", "check_tasks", ["tenant_id", "repository", "branch"], unique=False
    )
    op.create_index(
        "uq_check_tasks_name",
        "check_tasks",
        ["project_id", "name"],
        unique=True,
        sqlite_where=sa.text("parent_id IS NULL"),
        postgresql_where=sa.text("parent_id IS NULL"),
    )
    op.create_table(
        "check_duplicates",
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("places", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["check_tasks.id"],
            name=op.f("fk_check_duplicates_task_id_check_tasks"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("task_id", "number", name=op.f("pk_check_duplicates")),
    )
    op.create_table(
        "check_files",
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("skipped", sa.Text(), nullable=False),
        sa.Column("metrics", JSON, nullable=True),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["check_tasks.id"],
            name=op.f("fk_check_files_task_id_check_tasks"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("task_id", "path", name=op.f("pk_check_files")),
    )
    op.create_table(
        "check_gates",
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("gate", JSON, nullable=False),
        sa.Column("changed_by", sa.String(length=128), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_check_gates_tenant_id_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "project_id", name=op.f("pk_check_gates")),
    )
    op.create_table(
        "check_issue_counts",
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("rule", sa.String(length=160), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("deferred", sa.Boolean(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["check_tasks.id"],
            name=op.f("fk_check_issue_counts_task_id_check_tasks"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "task_id",
            "rule",
            "language",
            "severity",
            "status",
            "is_new",
            "deferred",
            name=op.f("pk_check_issue_counts"),
        ),
    )
    op.create_table(
        "check_issues",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=160), nullable=False),
        sa.Column("engine", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("triage", sa.Integer(), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("deferred", sa.Boolean(), nullable=False),
        sa.Column("deferred_at", sa.BigInteger(), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("column", sa.Integer(), nullable=False),
        sa.Column("end_line", sa.Integer(), nullable=False),
        sa.Column("end_column", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=128), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("masked", sa.Text(), nullable=False),
        sa.Column("line_hash", sa.String(length=16), nullable=False),
        sa.Column("neighbours", sa.String(length=32), nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("found_in", sa.String(length=32), nullable=False),
        sa.Column("seen_in", sa.String(length=32), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("gone_reason", sa.String(length=16), nullable=False),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("status_by", sa.String(length=128), nullable=False),
        sa.Column("status_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["check_tasks.id"],
            name=op.f("fk_check_issues_task_id_check_tasks"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_issues")),
    )
    op.create_index("ix_check_issues_file", "check_issues", ["task_id", "path"], unique=False)
    op.create_index(
        "ix_check_issues_list",
        "check_issues",
        ["task_id", "status", "deferred", "severity", "number", "is_new", "rule", "language"],
        unique=False,
    )
    op.create_index("ix_check_issues_print", "check_issues", ["task_id", "fingerprint"], unique=False)
    op.create_index("uq_check_issues_number", "check_issues", ["task_id", "number"], unique=True)
    op.create_table(
        "check_scans",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("merge_id", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.Integer(), nullable=False),
        sa.Column("branch", sa.String(length=255), nullable=False),
        sa.Column("commit_id", sa.String(length=64), nullable=False),
        sa.Column("user_name", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("upload_key", sa.Text(), nullable=False),
        sa.Column("snapshot_key", sa.Text(), nullable=False),
        sa.Column("engines", JSON, nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("figures", JSON, nullable=False),
        sa.Column("coverage", JSON, nullable=False),
        sa.Column("gate", sa.String(length=8), nullable=False),
        sa.Column("gate_faults", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["check_tasks.id"],
            name=op.f("fk_check_scans_task_id_check_tasks"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_scans")),
        sa.UniqueConstraint("task_id", "number", name=op.f("uq_check_scans_task_id_number")),
    )
    op.create_index("ix_check_scans_run", "check_scans", ["run_id"], unique=False)
    op.create_index("ix_check_scans_started", "check_scans", ["task_id", "started_at"], unique=False)
    op.create_index("ix_check_scans_state", "check_scans", ["state"], unique=False)
    op.create_index("ix_check_scans_task_state", "check_scans", ["task_id", "state", "number"], unique=False)
    op.create_table(
        "check_issue_events",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("issue_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"],
            ["check_issues.id"],
            name=op.f("fk_check_issue_events_issue_id_check_issues"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_issue_events")),
    )
    op.create_index("ix_check_issue_events_issue", "check_issue_events", ["issue_id", "id"], unique=False)
    op.create_table(
        "check_default_rule_sets",
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("rule_set_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.id"],
            name=op.f("fk_check_default_rule_sets_project_id_projects"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "language", name=op.f("pk_check_default_rule_sets")),
    )


def downgrade() -> None:
    op.drop_table("check_default_rule_sets")
    op.drop_index("ix_check_issue_events_issue", table_name="check_issue_events")
    op.drop_table("check_issue_events")
    op.drop_index("ix_check_scans_task_state", table_name="check_scans")
    op.drop_index("ix_check_scans_state", table_name="check_scans")
    op.drop_index("ix_check_scans_started", table_name="check_scans")
    op.drop_index("ix_check_scans_run", table_name="check_scans")
    op.drop_table("check_scans")
    op.drop_index("uq_check_issues_number", table_name="check_issues")
    op.drop_index("ix_check_issues_print", table_name="check_issues")
    op.drop_index("ix_check_issues_list", table_name="check_issues")
    op.drop_index("ix_check_issues_file", table_name="check_issues")
    op.drop_table("check_issues")
    op.drop_table("check_issue_counts")
    op.drop_table("check_gates")
    op.drop_table("check_files")
    op.drop_table("check_duplicates")
    op.drop_index(
        "uq_check_tasks_name",
        table_name="check_tasks",
        sqlite_where=sa.text("parent_id IS NULL"),
        postgresql_where=sa.text("parent_id IS NULL"),
    )
    op.drop_index("ix_check_tasks_repository", table_name="check_tasks")
    op.drop_index("ix_check_tasks_parent", table_name="check_tasks")
    op.drop_index("ix_check_tasks_list", table_name="check_tasks")
    op.drop_index(op.f("ix_check_tasks_group_id"), table_name="check_tasks")
    op.drop_table("check_tasks")
    op.drop_index("uq_check_rule_sets_name", table_name="check_rule_sets")
    op.drop_index("ix_check_rule_sets_list", table_name="check_rule_sets")
    op.drop_table("check_rule_sets")
