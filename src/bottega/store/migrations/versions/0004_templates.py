"""templates

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "build_templates",
        sa.Column("uuid", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.String(length=24), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("tool_type", sa.String(length=64), nullable=True),
        sa.Column("steps", _JSON, nullable=False),
        sa.Column("parameters", _JSON, nullable=True),
        sa.Column("sealed_defaults", sa.LargeBinary(), nullable=True),
        sa.Column("creator_id", sa.String(length=32), nullable=False),
        sa.Column("creator_name", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_build_templates")),
        sa.UniqueConstraint("object_id", name=op.f("uq_build_templates_object_id")),
    )
    op.create_index(
        "ix_build_templates_tenant_created", "build_templates", ["tenant_id", "created_at", "uuid"]
    )
    op.create_table(
        "build_template_favourites",
        sa.Column("template_uuid", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("template_uuid", "user_id", name=op.f("pk_build_template_favourites")),
    )
    op.create_table(
        "build_template_uses",
        sa.Column("template_uuid", sa.String(length=32), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("template_uuid", "task_id", name=op.f("pk_build_template_uses")),
    )
    op.create_index("ix_build_template_uses_tenant_id", "build_template_uses", ["tenant_id", "template_uuid"])


def downgrade() -> None:
    op.drop_table("build_template_uses")
    op.drop_table("build_template_favourites")
    op.drop_table("build_templates")
