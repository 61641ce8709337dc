"""Taking in the coverage reports for people that builds upload: an archive for each stage."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from bottega.build import kinds
from bottega.build.actions.coverage_pages import KIND, MAX_BYTES
from bottega.build.reports.recording import keep_archive
from bottega.errors import Invalid
from bottega.runs.tables import Run
from bottega.transfers.service import Received

__all__ = ["KIND", "CoverageReceiver"]


class CoverageReceiver:
    """Registered with the transfers for uploads of the kind "coverage"."""

    def admit(self, session: Session, run: Run, details: Mapping[str, Any], size: int) -> dict[str, Any]:  # noqa: ARG002
        """Refuse what could not be shown. Raises :class:`Invalid`."""
        stage = details.get("stage")
        if run.kind not in kinds.KINDS or not any(step["key"] == stage for step in run.spec["steps"]):
            raise Invalid("stage", "must be a stage of the build")
        if not 0 < size <= MAX_BYTES:
            raise Invalid("size", f"must be from 1 to {MAX_BYTES}")
        return {"stage": stage}

    def keep(
        self, session: Session, run: Run, details: Mapping[str, Any], received: Received
    ) -> dict[str, Any]:
        """Keep the archive in place of an earlier one of that stage. The answer: ``size`` and ``sha256``."""
        root = received.key.rpartition("/")[2]
        keep_archive(session, run, details["stage"], root, received.size)
        return {"size": received.size, "sha256": received.sha256}
