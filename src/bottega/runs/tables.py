"""Tables of the execution layer."""

from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Json, Millis

_IS_JOB = text("parent_run_id IS NOT NULL")


class Run(Base):
    """One build record, one job of a BuildFlow, or one check run. Times are epoch milliseconds.

    A job has its record's ``number`` and names that record; it has no ``task_id``, because what is counted and listed
    of a task are its records. ``held`` is a word of :mod:`bottega.runs.held`. ``rerun_of`` is the id of the
    run that this one repeats.
    """

    __tablename__ = "runs"
    __table_args__ = (
        UniqueConstraint("task_id", "number"),
        Index("ix_runs_task_created", "task_id", "created_at", "number"),
        # Has all that histories are filtered by: read instead of rows that are fifty times as wide.
        Index(
            "ix_runs_task_filter",
            "task_id",
            "number",
            "state",
            "trigger",
            "user_name",
            "branch",
            "tag",
            "created_at",
        ),
        Index("ix_runs_task_source", "task_id", "repository", "branch"),
        # Has all that decides what is handed out next.
        Index("ix_runs_queue", "state", "held", "pool", "arch", "tenant_id", "queued_at", "demands"),
        Index("ix_runs_parent", "parent_run_id", sqlite_where=_IS_JOB, postgresql_where=_IS_JOB),
        # With the pool, of which a tenant may know when its runs have used it.
        Index("ix_runs_tenant_state", "tenant_id", "state", "pool"),
        Index("ix_runs_lease", "state", "lease_expires_at"),
        Index("ix_runs_log", "log_sealed", "log_deleted", "finished_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    tenant_id: Mapped[str] = mapped_column(String(32))
    project_id: Mapped[str] = mapped_column(String(32))
    task_id: Mapped[str | None] = mapped_column(String(32))
    task_name: Mapped[str] = mapped_column(String(128))
    number: Mapped[int]
    daily_number: Mapped[str] = mapped_column(String(32))
    execution_id: Mapped[str] = mapped_column(String(16))
    trigger: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[str] = mapped_column(String(32))
    user_name: Mapped[str] = mapped_column(String(128))

    parent_run_id: Mapped[str | None] = mapped_column(String(36))
    rerun_of: Mapped[str | None] = mapped_column(String(36))
    job: Mapped[str] = mapped_column(String(128), default="", server_default=text("''"))

    state: Mapped[str] = mapped_column(String(20))
    held: Mapped[str] = mapped_column(String(8), default="", server_default=text("''"))
    reason: Mapped[str] = mapped_column(Text, default="")
    exit_code: Mapped[int | None]
    pool: Mapped[str] = mapped_column(String(64))
    arch: Mapped[str] = mapped_column(String(16))
    flavor: Mapped[str] = mapped_column(String(32))
    demands: Mapped[str] = mapped_column(String(512), default="", server_default=text("''"))

    spec: Mapped[dict[str, Any]] = mapped_column(Json)
    sealed_secrets: Mapped[bytes | None] = mapped_column(LargeBinary)
    parameters: Mapped[list[dict[str, Any]]] = mapped_column(Json)

    source_url: Mapped[str] = mapped_column(Text, default="")
    repository: Mapped[str] = mapped_column(String(128), default="", server_default=text("''"))
    build_type: Mapped[str] = mapped_column(String(16), default="")
    branch: Mapped[str] = mapped_column(String(255), default="")
    tag: Mapped[str] = mapped_column(String(255), default="")
    commit_id: Mapped[str] = mapped_column(String(64), default="")
    commit_message: Mapped[str] = mapped_column(Text, default="")
    commit_author: Mapped[str] = mapped_column(Text, default="")
    committed_at: Mapped[int | None] = mapped_column(Millis)

    created_at: Mapped[int] = mapped_column(Millis)
    queued_at: Mapped[int] = mapped_column(Millis)
    started_at: Mapped[int | None] = mapped_column(Millis)
    runnable_at: Mapped[int | None] = mapped_column(Millis)
    finished_at: Mapped[int | None] = mapped_column(Millis)

    attempt: Mapped[int] = mapped_column(default=0)
    agent_id: Mapped[str | None] = mapped_column(String(32))
    lease_token: Mapped[str | None] = mapped_column(String(64))
    lease_expires_at: Mapped[int | None] = mapped_column(Millis)
    recorder_id: Mapped[str | None] = mapped_column(String(32))
    stop_requested_at: Mapped[int | None] = mapped_column(Millis)
    stop_user_name: Mapped[str] = mapped_column(String(128), default="")

    sandbox: Mapped[str] = mapped_column(String(128), default="")
    stages: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    usage: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    event_count: Mapped[int] = mapped_column(default=0)
    log_base: Mapped[int] = mapped_column(Millis, default=0)
    log_size: Mapped[int] = mapped_column(Millis, default=0)
    log_sealed: Mapped[bool] = mapped_column(default=False)
    log_deleted: Mapped[bool] = mapped_column(default=False)


class Agent(Base):
    """A host that takes runs. ``offer`` is what it reported of itself: slots, sandbox, version, tools, labels.

    ``labels`` are those it was given here. With ``draining_at`` it ends what it has and takes nothing new.
    """

    __tablename__ = "agents"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    pool: Mapped[str] = mapped_column(String(64))
    arch: Mapped[str] = mapped_column(String(16), default="")
    slots: Mapped[int] = mapped_column(default=0)
    offer: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[int] = mapped_column(Millis)
    last_seen_at: Mapped[int | None] = mapped_column(Millis)
    labels: Mapped[list[str]] = mapped_column(Json, default=list, server_default=text("'[]'"))
    draining_at: Mapped[int | None] = mapped_column(Millis)
    revoked_at: Mapped[int | None] = mapped_column(Millis)


class TenantLimit(Base):
    """A tenant's own limits; the settings' defaults hold where there is no row."""

    __tablename__ = "tenant_limits"

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    concurrency: Mapped[int]
    queue: Mapped[int]
