"""Tables of issues."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Json, Millis


class CheckIssue(Base):
    """An issue of a task. ``number`` counts a task's issues from 1 in the order they were found; it never changes.

    ``id`` is what clients call merge key; ``fingerprint`` is the identity that other tasks and other tools may compare.
    ``status`` is an :class:`~bottega.check.issues.states.IssueStatus`. ``is_new``: not there at the previous check, or
    found after the task's date. ``deferred``: there only because an engine or a rule became better. Times are epoch
    milliseconds. ``details`` has what only its own page shows: fragment, events, fixes, also_found_by.

    ``triage`` is the status somebody gave it last: it holds again when the issue comes back. ``neighbours`` are the
    hashes of the lines around it, 16 characters each.
    """

    __tablename__ = "check_issues"
    __table_args__ = (
        Index("uq_check_issues_number", "task_id", "number", unique=True),
        # Has all that lists are filtered by, so that rows are read for the page only.
        Index(
            "ix_check_issues_list",
            "task_id",
            "status",
            "deferred",
            "severity",
            "number",
            "is_new",
            "rule",
            "language",
        ),
        Index("ix_check_issues_file", "task_id", "path"),
        Index("ix_check_issues_print", "task_id", "fingerprint"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("check_tasks.id", ondelete="CASCADE"))
    tenant_id: Mapped[str] = mapped_column(String(32))
    number: Mapped[int]
    rule: Mapped[str] = mapped_column(String(160))
    engine: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(16))
    severity: Mapped[int]
    status: Mapped[int]
    triage: Mapped[int] = mapped_column(default=0)
    is_new: Mapped[bool]
    deferred: Mapped[bool] = mapped_column(default=False)
    deferred_at: Mapped[int | None] = mapped_column(Millis)
    path: Mapped[str] = mapped_column(Text)
    line: Mapped[int]
    column: Mapped[int]
    end_line: Mapped[int]
    end_column: Mapped[int]
    message: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(128), default="")
    owner: Mapped[str] = mapped_column(String(128), default="")
    fingerprint: Mapped[str] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(Text, default="")
    statement: Mapped[str] = mapped_column(Text, default="")
    masked: Mapped[str] = mapped_column(Text, default="")
    line_hash: Mapped[str] = mapped_column(String(16), default="")
    neighbours: Mapped[str] = mapped_column(String(32), default="")
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    found_at: Mapped[int] = mapped_column(Millis)
    found_in: Mapped[str] = mapped_column(String(32))
    """The scan that found it first."""
    seen_in: Mapped[str] = mapped_column(String(32))
    """The scan that found it last, for closed issues; open ones were found by the newest that looked at their file."""
    closed_at: Mapped[int | None] = mapped_column(Millis)
    gone_reason: Mapped[str] = mapped_column(String(16), default="")
    edited: Mapped[bool] = mapped_column(default=False)
    """Its line was changed since the check before, and it was recognised by likeness only."""
    comment: Mapped[str] = mapped_column(Text, default="")
    status_by: Mapped[str] = mapped_column(String(128), default="")
    status_at: Mapped[int | None] = mapped_column(Millis)


class CheckIssueCount(Base):
    """How many issues of a task are alike in what summaries count by; kept up to date with every change."""

    __tablename__ = "check_issue_counts"

    task_id: Mapped[str] = mapped_column(ForeignKey("check_tasks.id", ondelete="CASCADE"), primary_key=True)
    rule: Mapped[str] = mapped_column(String(160), primary_key=True)
    language: Mapped[str] = mapped_column(String(16), primary_key=True)
    severity: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[int] = mapped_column(primary_key=True)
    is_new: Mapped[bool] = mapped_column(primary_key=True)
    deferred: Mapped[bool] = mapped_column(primary_key=True)
    count: Mapped[int]


class CheckIssueEvent(Base):
    """What happened to an issue: who changed which status, or which scan did, and the comment."""

    __tablename__ = "check_issue_events"
    __table_args__ = (Index("ix_check_issue_events_issue", "issue_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    issue_id: Mapped[str] = mapped_column(ForeignKey("check_issues.id", ondelete="CASCADE"))
    at: Mapped[int] = mapped_column(Millis)
    by: Mapped[str] = mapped_column(String(128))
    status: Mapped[int]
    comment: Mapped[str] = mapped_column(Text, default="")


class CheckFile(Base):
    """A file of a task as its newest check saw it, with its :class:`~bottega.check.scanning.plan.FileMetrics`."""

    __tablename__ = "check_files"

    task_id: Mapped[str] = mapped_column(ForeignKey("check_tasks.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    language: Mapped[str] = mapped_column(String(16), default="")
    skipped: Mapped[str] = mapped_column(Text, default="")
    metrics: Mapped[dict[str, Any] | None] = mapped_column(Json)


class CheckDuplicate(Base):
    """The same code in several places, as the newest check of a task saw it. ``places`` are path, line and end line."""

    __tablename__ = "check_duplicates"

    task_id: Mapped[str] = mapped_column(ForeignKey("check_tasks.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    lines: Mapped[int]
    places: Mapped[list[Any]] = mapped_column(Json)
