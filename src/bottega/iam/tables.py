"""Tables of tenants, their users, and what users prove themselves with. Times are epoch milliseconds."""

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Json, Millis


class Tenant(Base):
    """An account; ``id`` is the ``domain_id`` of the wire."""

    __tablename__ = "tenants"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[int] = mapped_column(Millis)


class User(Base):
    """A person or program of one tenant.

    ``number`` counts per tenant from 1: clients expect a 32-bit ``user_num_id``.
    """

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("tenant_id", "name"), UniqueConstraint("tenant_id", "number"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(64))
    password_hash: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(String(255), default="")
    enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[int] = mapped_column(Millis)


class Group(Base):
    """A named set of rights (:class:`~bottega.iam.principal.Right` values) its members have in the tenant."""

    __tablename__ = "groups"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(64))
    rights: Mapped[list[str]] = mapped_column(Json)


class GroupMember(Base):
    """Who is in which group."""

    __tablename__ = "group_members"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[str] = mapped_column(
        ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class IamProject(Base):
    """A region's project of a tenant, the scope tokens are issued for; not a CodeArts project."""

    __tablename__ = "iam_projects"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(64))


class AccessKey(Base):
    """A key pair for signed requests. The secret is sealed, not hashed: an HMAC needs it in clear."""

    __tablename__ = "access_keys"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    description: Mapped[str] = mapped_column(String(255), default="")
    created_at: Mapped[int] = mapped_column(Millis)
    revoked_at: Mapped[int | None] = mapped_column(Millis)


class Token(Base):
    """An issued token, known only by the SHA-256 (hex) of its text.

    ``scope`` is ``project``, ``domain`` or ``unscoped``.
    """

    __tablename__ = "tokens"
    __table_args__ = (Index("ix_tokens_expires_at", "expires_at"), Index("ix_tokens_user_id", "user_id"))

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    iam_project_id: Mapped[str | None] = mapped_column(ForeignKey("iam_projects.id", ondelete="CASCADE"))
    scope: Mapped[str] = mapped_column(String(16))
    methods: Mapped[list[str]] = mapped_column(Json)
    issued_at: Mapped[int] = mapped_column(Millis)
    expires_at: Mapped[int] = mapped_column(Millis)
    revoked_at: Mapped[int | None] = mapped_column(Millis)
