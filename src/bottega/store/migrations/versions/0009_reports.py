"""reports

Revision ID: 0009
Revises: 0008
"""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
NAME_LIMIT = 128

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "runs",
        sa.Column("repository", sa.String(length=NAME_LIMIT), server_default=sa.text("''"), nullable=False),
    )
    _name_repositories()
    op.create_index("ix_runs_task_source", "runs", ["task_id", "repository", "branch"])
    op.create_table(
        "build_test_reports",
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("stage", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("root_id", sa.String(length=40), nullable=False),
        sa.Column("success", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("others", sa.Integer(), nullable=False),
        sa.Column("execution_ms", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_build_test_reports_run_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "stage", name=op.f("pk_build_test_reports")),
    )
    op.create_table(
        "build_coverage_reports",
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("stage", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("root_id", sa.String(length=40), nullable=False),
        sa.Column("counters", JSON, nullable=False),
        sa.Column("archive_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_build_coverage_reports_run_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "stage", name=op.f("pk_build_coverage_reports")),
    )
    op.create_index("ix_build_coverage_reports_created", "build_coverage_reports", ["created_at"])


def downgrade() -> None:
    op.drop_table("build_coverage_reports")
    op.drop_table("build_test_reports")
    op.drop_index("ix_runs_task_source", "runs")
    op.drop_column("runs", "repository")


def _name_repositories() -> None:
    runs = sa.table("runs", sa.column("source_url"), sa.column("repository"))
    connection = op.get_bind()
    urls = connection.scalars(sa.select(runs.c.source_url).where(runs.c.source_url != "").distinct()).all()
    for url in urls:
        last = re.split(r"[/:]", url.rstrip("/"))[-1].removesuffix(".git")[:NAME_LIMIT]
        connection.execute(sa.update(runs).where(runs.c.source_url == url).values(repository=last))
