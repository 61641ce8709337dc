"""Tables of the release repository."""

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Millis


class PackageVersion(Base):
    """A version of a package. It belongs to the build task that made it first, also when that is gone for good.

    ``changed_at``: when a file of it came last, in epoch milliseconds.
    """

    __tablename__ = "artifact_versions"
    __table_args__ = (
        UniqueConstraint("project_id", "package", "version"),
        Index("ix_artifact_versions_list", "tenant_id", "project_id", "changed_at", "id"),
        Index("ix_artifact_versions_changed", "changed_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    project_id: Mapped[str] = mapped_column(String(32))
    task_id: Mapped[str] = mapped_column(String(32), index=True)
    task_name: Mapped[str] = mapped_column(String(128))
    package: Mapped[str] = mapped_column(String(128))
    version: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[int] = mapped_column(Millis)
    changed_at: Mapped[int] = mapped_column(Millis)


class ArtifactFile(Base):
    """A file of a version. ``run_id`` is the build's record, which may be gone; ``sha256`` in hex.

    ``provenance`` is the signed envelope, or empty until the build has ended.
    """

    __tablename__ = "artifact_files"
    __table_args__ = (
        UniqueConstraint("version_id", "path"),
        Index("ix_artifact_files_run", "run_id", "created_at"),
        Index("ix_artifact_files_unsigned", "signed", "run_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32), index=True)
    version_id: Mapped[str] = mapped_column(ForeignKey("artifact_versions.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(String(600))
    size: Mapped[int] = mapped_column(Millis)
    sha256: Mapped[str] = mapped_column(String(64))
    object_key: Mapped[str] = mapped_column(String(255))
    run_id: Mapped[str] = mapped_column(String(36))
    number: Mapped[int]
    daily_number: Mapped[str] = mapped_column(String(32))
    attempt: Mapped[int]
    agent_id: Mapped[str] = mapped_column(String(32))
    stage: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[int] = mapped_column(Millis)
    signed: Mapped[bool] = mapped_column(default=False)
    provenance: Mapped[str] = mapped_column(Text, default="", deferred=True)


class SigningKey(Base):
    """The key proofs are signed with. ``id`` is the SHA-256 of the public part (its DER form), in hex."""

    __tablename__ = "signing_keys"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    sealed_private: Mapped[bytes] = mapped_column(LargeBinary)
    public_pem: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Millis)
