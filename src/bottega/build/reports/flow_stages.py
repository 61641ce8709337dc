"""The stages of a record: its own, and of a flow's record those of its jobs, in order."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.build.flows.tables import FlowJob
from bottega.runs.tables import Run


class FlowStages:
    """``run_ids`` are the runs whose reports make up those of the record."""

    def __init__(self, session: Session, record: Run) -> None:
        query = (
            select(FlowJob.name, Run)
            .join(Run, Run.id == FlowJob.run_id)
            .where(FlowJob.flow_id == record.id, Run.tenant_id == record.tenant_id)
            .order_by(FlowJob.position)
        )
        runs = [("", record), *((f"{job}/", run) for job, run in session.execute(query))]
        self._prefixes = {run.id: prefix for prefix, run in runs}
        self._positions = {
            (run.id, step["key"]): (at, place)
            for at, (_, run) in enumerate(runs)
            for place, step in enumerate(run.spec["steps"])
        }
        self.run_ids = list(self._prefixes)

    def name(self, run_id: str, stage: str) -> str:
        """What the stage is called in the record: of a flow ``job/stage``."""
        return self._prefixes[run_id] + stage

    def position(self, run_id: str, stage: str) -> tuple[int, int]:
        """Where it stands among the others."""
        return self._positions[run_id, stage]
