"""Tables of check tasks and their scans."""

from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Json, Millis

_ROOT = text("parent_id IS NULL")


class CheckTask(Base):
    """One thing that is checked: a branch, a tag, a merge request or a commit of a repository.

    The task of the default branch is the ``parent`` of the others of its family, which share its settings; it has a
    name of its own. ``settings`` is a :class:`~bottega.check.tasks.settings.TaskSettings`. ``kind`` is branch, tag, mr
    or cr; ``task_type`` full or inc. Times are epoch milliseconds. ``issue_version`` goes up whenever an issue of the
    task changes, so that readers know what they have kept is old.
    """

    __tablename__ = "check_tasks"
    __table_args__ = (
        Index(
            "uq_check_tasks_name",
            "project_id",
            "name",
            unique=True,
            sqlite_where=_ROOT,
            postgresql_where=_ROOT,
        ),
        Index("ix_check_tasks_list", "tenant_id", "project_id", "created_at", "id"),
        Index("ix_check_tasks_parent", "parent_id", "kind", "created_at"),
        Index("ix_check_tasks_repository", "tenant_id", "repository", "branch"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    project_id: Mapped[str] = mapped_column(String(32))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("check_tasks.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(8), default="branch")
    task_type: Mapped[str] = mapped_column(String(8), default="full")
    git_url: Mapped[str] = mapped_column(Text)
    repository: Mapped[str] = mapped_column(String(512))
    """The URL in one spelling (host and path), so that tasks of the same repository find each other."""
    branch: Mapped[str] = mapped_column(String(255))
    template: Mapped[bool] = mapped_column(default=False)
    group_id: Mapped[str] = mapped_column(String(32), default="", index=True)
    settings: Mapped[dict[str, Any]] = mapped_column(Json)
    sealed_credentials: Mapped[bytes | None] = mapped_column(LargeBinary)
    creator_id: Mapped[str] = mapped_column(String(32))
    creator_name: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[int] = mapped_column(Millis)
    updated_at: Mapped[int] = mapped_column(Millis)
    last_number: Mapped[int] = mapped_column(default=0)
    last_checked_at: Mapped[int | None] = mapped_column(Millis)
    """The end of the newest scan whose results are in."""
    issue_version: Mapped[int] = mapped_column(default=0)
    deleted_at: Mapped[int | None] = mapped_column(Millis)
    """Set while a deleted task's last run still ends; nobody finds it any more."""


class CheckTaskGroup(Base):
    """A folder of check tasks in a project; families are in it by their root."""

    __tablename__ = "check_task_groups"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    project_id: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(128))
    creator_id: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[int] = mapped_column(Millis)


class CheckScan(Base):
    """One check of a task: a run of its own, or a step of a build. ``id`` is what the API calls job or execution.

    ``state`` is waiting, running, storing, success, failed or aborted; ``reason`` says why it failed. ``upload_key`` is
    the object its result waits in until it is stored. ``counts`` are open official issues by severity (four numbers),
    ``figures`` all other totals, ``coverage`` what each engine did; ``gate`` is "", success or error, and
    ``gate_faults`` say what failed it. ``snapshot_key`` is the object with the lines of its files for the next scan to
    compare with. ``merge_id`` is empty for checks of whole branches.
    """

    __tablename__ = "check_scans"
    __table_args__ = (
        UniqueConstraint("task_id", "number"),
        Index("ix_check_scans_task_state", "task_id", "state", "number"),
        Index("ix_check_scans_started", "task_id", "started_at"),
        Index("ix_check_scans_run", "run_id"),
        Index("ix_check_scans_state", "state"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("check_tasks.id", ondelete="CASCADE"))
    tenant_id: Mapped[str] = mapped_column(String(32))
    run_id: Mapped[str] = mapped_column(String(36))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(Text, default="")
    merge_id: Mapped[str] = mapped_column(String(64), default="")
    mode: Mapped[int] = mapped_column(default=0)
    branch: Mapped[str] = mapped_column(String(255), default="")
    commit_id: Mapped[str] = mapped_column(String(64), default="")
    user_name: Mapped[str] = mapped_column(String(128), default="")
    created_at: Mapped[int] = mapped_column(Millis)
    started_at: Mapped[int | None] = mapped_column(Millis)
    finished_at: Mapped[int | None] = mapped_column(Millis)
    upload_key: Mapped[str] = mapped_column(Text, default="")
    snapshot_key: Mapped[str] = mapped_column(Text, default="")
    engines: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """Version of each engine, and a hash of each rule's settings: what a later scan compares with."""
    counts: Mapped[list[int]] = mapped_column(Json, default=list)
    figures: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    coverage: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    gate: Mapped[str] = mapped_column(String(8), default="")
    gate_faults: Mapped[list[str]] = mapped_column(Json, default=list)
