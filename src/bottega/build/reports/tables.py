"""Tables of reports: one row for each stage of a build that reported something."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Json, Millis


class UnitTestReport(Base):
    """The tests of one stage. Its ``root_id`` is how clients call it."""

    __tablename__ = "build_test_reports"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    stage: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    root_id: Mapped[str] = mapped_column(String(40))
    success: Mapped[int]
    failures: Mapped[int]
    errors: Mapped[int]
    others: Mapped[int]
    execution_ms: Mapped[int] = mapped_column(Millis)
    created_at: Mapped[int] = mapped_column(Millis)


class CoverageReport(Base):
    """What the tests of one stage covered, as :class:`~bottega.build.reports.figures.Coverage` in ``counters``.

    ``archive_bytes`` is the size of the report for people in the object store, 0 while there is none; ``root_id`` is
    its name there, so that each archive has another. What a lost
    attempt reported has an empty ``root_id``.
    """

    __tablename__ = "build_coverage_reports"
    __table_args__ = (Index("ix_build_coverage_reports_created", "created_at"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    stage: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(32))
    root_id: Mapped[str] = mapped_column(String(40))
    counters: Mapped[dict[str, Any]] = mapped_column(Json)
    archive_bytes: Mapped[int] = mapped_column(Millis, default=0)
    created_at: Mapped[int] = mapped_column(Millis)
