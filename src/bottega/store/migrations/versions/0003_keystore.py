"""keystore

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "keystore_files",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("creator_id", sa.String(length=32), nullable=False),
        sa.Column("creator_name", sa.String(length=128), nullable=False),
        sa.Column("updater_id", sa.String(length=32), nullable=False),
        sa.Column("updater_name", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed_content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keystore_files")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_keystore_files_tenant_id_name")),
    )
    op.create_table(
        "keystore_permissions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("file_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("user_name", sa.String(length=128), nullable=False),
        sa.Column("is_creator", sa.Boolean(), nullable=False),
        sa.Column("setting", sa.Boolean(), nullable=False),
        sa.Column("delete", sa.Boolean(), nullable=False),
        sa.Column("modify", sa.Boolean(), nullable=False),
        sa.Column("usage", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["keystore_files.id"],
            name=op.f("fk_keystore_permissions_file_id_keystore_files"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keystore_permissions")),
        sa.UniqueConstraint("file_id", "user_id", name=op.f("uq_keystore_permissions_file_id_user_id")),
    )
    op.create_index("ix_keystore_permissions_user_id", "keystore_permissions", ["tenant_id", "user_id"])


def downgrade() -> None:
    op.drop_table("keystore_permissions")
    op.drop_table("keystore_files")
