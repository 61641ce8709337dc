"""Webhooks of tasks and what came in by them. Times are epoch milliseconds."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bottega.build.branch import BRANCH
from bottega.store.base import Base, Json, Millis
from bottega.watches import Watched


class DeliveryState(StrEnum):
    """WAITING is taken up again later; all others are for good."""

    WAITING = "WAITING"
    STARTED = "STARTED"
    IGNORED = "IGNORED"
    REFUSED = "REFUSED"


class Hook(Base):
    """Where one repository's forge tells of pushes for one task.

    ``branches`` and ``tags`` are patterns of what is built; without them the task itself decides.
    """

    __tablename__ = "build_hooks"
    __table_args__ = (Index("ix_build_hooks_task", "task_id", "created_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    task_id: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(128))
    branches: Mapped[list[str]] = mapped_column(Json)
    tags: Mapped[list[str]] = mapped_column(Json)
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    creator_id: Mapped[str] = mapped_column(String(32))
    creator_name: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[int] = mapped_column(Millis)
    rotated_at: Mapped[int | None] = mapped_column(Millis)
    last_delivery_at: Mapped[int | None] = mapped_column(Millis)


class HookDelivery(Base):
    """One delivery that proved the hook's secret, and what came of it.

    ``key`` is the same when the forge sends it again. ``push`` is what it says of a push, or None for anything else.
    ``next_try_at`` is None unless it waits. ``redelivery_of`` names the delivery that somebody repeated by this one.
    """

    __tablename__ = "build_hook_deliveries"
    __table_args__ = (
        UniqueConstraint("hook_id", "key"),
        Index("ix_build_hook_deliveries_list", "hook_id", "received_at", "id"),
        Index("ix_build_hook_deliveries_waiting", "next_try_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    hook_id: Mapped[str] = mapped_column(String(32))
    tenant_id: Mapped[str] = mapped_column(String(32))
    task_id: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(128))
    forge: Mapped[str] = mapped_column(String(16))
    event: Mapped[str] = mapped_column(String(64))
    push: Mapped[dict[str, Any] | None] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text, default="")
    run_id: Mapped[str | None] = mapped_column(String(36))
    build_no: Mapped[int | None]
    received_at: Mapped[int] = mapped_column(Millis)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[int | None] = mapped_column(Millis)
    redelivery_of: Mapped[str | None] = mapped_column(String(36))


class Watch(Watched, Base):
    """What is looked at for a task whose ``is_auto_build`` is on, unless webhooks tell of its pushes: a branch, or with
    ``kind`` "tag" all tags.

    ``commit_id`` is where the branch was seen: empty before the first look, :data:`NO_BRANCH` when there was none. Of
    tags it is a digest of ``seen_tags``, which has the commit of each.
    """

    __tablename__ = "build_watches"
    __table_args__ = (Index("ix_build_watches_due", "next_at"), Index("ix_build_watches_url", "url_key"))

    task_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    branch: Mapped[str] = mapped_column(String(255))
    commit_id: Mapped[str] = mapped_column(String(64), default="")
    kind: Mapped[str] = mapped_column(String(16), default=BRANCH, server_default=text("'branch'"))
    # Read only when the digest has changed: there may be thousands.
    seen_tags: Mapped[dict[str, str] | None] = mapped_column(Json, deferred=True)


NO_BRANCH = "0" * 40
