"""What happened in repositories and is still to be checked. Times are epoch milliseconds."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Json, Millis
from bottega.watches import Watched


class CheckTrigger(Base):
    """News of the repository of a family of tasks, which is to become a check.

    ``subject`` is the branch or merge request it is about: later news of the same take its place. ``news`` is one of
    :data:`~bottega.scm.news.News`.
    """

    __tablename__ = "check_triggers"
    __table_args__ = (UniqueConstraint("task_id", "subject"), Index("ix_check_triggers_due", "next_try_at"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("check_tasks.id", ondelete="CASCADE"))
    tenant_id: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(320))
    news: Mapped[dict[str, Any]] = mapped_column(Json)
    received_at: Mapped[int] = mapped_column(Millis)
    next_try_at: Mapped[int] = mapped_column(Millis)
    tries: Mapped[int] = mapped_column(default=0)


class CheckWatch(Watched, Base):
    """What is looked at for a family of tasks that wants to be checked when somebody pushes, by the id of its root.

    One question serves all families of a repository that have no credentials of their own. ``heads`` are the commits
    that the family's branches were seen at, :data:`NO_BRANCH` for one that was not there.
    """

    __tablename__ = "check_watches"
    __table_args__ = (Index("ix_check_watches_due", "next_at"), Index("ix_check_watches_url", "url_key"))

    task_id: Mapped[str] = mapped_column(ForeignKey("check_tasks.id", ondelete="CASCADE"), primary_key=True)
    heads: Mapped[dict[str, str]] = mapped_column(Json, default=dict)


NO_BRANCH = "0" * 40
