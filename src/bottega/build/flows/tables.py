"""The jobs of build flows."""

from typing import Any

from sqlalchemy import ForeignKey, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base, Json


class FlowJob(Base):
    """One job of a flow. ``flow_id`` is the flow's record, ``position`` counts from 1 in the order of the file.

    ``run_id`` is the id of the job's run, also before there is one; that of an earlier flow where its success was taken
    over. ``skipped`` says why the job never ran. ``planned`` is what the run is made of:
    :class:`bottega.build.planning.planned.PlannedRun`.
    """

    __tablename__ = "build_flow_jobs"

    flow_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    depends_on: Mapped[list[str]] = mapped_column(Json)
    run_id: Mapped[str] = mapped_column(String(36), index=True)
    skipped: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    planned: Mapped[dict[str, Any]] = mapped_column(Json)
