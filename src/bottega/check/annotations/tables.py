"""Which merge requests are still to be told of their issues, and which issues they have been told of."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bottega.forges.claims import ToTell
from bottega.store.base import Base, Json, Millis


class CheckAnnotation(ToTell, Base):
    """A task of a merge request with a check that its forge is to be told of: the newest one takes the others' place.

    ``lines`` are :class:`~bottega.check.scanning.plan.ChangedLines`. ``unsure`` is the scan of which something
    was sent, as long as it is not known whether all of it arrived.
    """

    __tablename__ = "check_annotations"
    __table_args__ = (
        Index("ix_check_annotations_due", "next_try_at"),
        Index("ix_check_annotations_created_at", "created_at"),
    )

    task_id: Mapped[str] = mapped_column(ForeignKey("check_tasks.id", ondelete="CASCADE"), primary_key=True)
    scan_id: Mapped[str] = mapped_column(String(32))
    lines: Mapped[list[Any]] = mapped_column(Json)
    unsure: Mapped[str] = mapped_column(String(32), default="")


class ToldIssue(Base):
    """An issue that its merge request has been told of, when the scan ``told_in`` was.

    ``thread`` is the forge's id of what can be resolved, if any.
    """

    __tablename__ = "check_told_issues"
    __table_args__ = (Index("ix_check_told_issues_task", "task_id"),)

    issue_id: Mapped[str] = mapped_column(ForeignKey("check_issues.id", ondelete="CASCADE"), primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("check_tasks.id", ondelete="CASCADE"))
    told_in: Mapped[str] = mapped_column(String(32))
    thread: Mapped[str] = mapped_column(String(64), default="")
    told_at: Mapped[int] = mapped_column(Millis)
