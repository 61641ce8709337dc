"""What a flow's record tells: its jobs, what they wait for, and their runs."""

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.build.flows.tables import FlowJob
from bottega.build.tables import BuildTask
from bottega.runs.tables import Run


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """A job. ``run`` is None before it has one; ``skipped`` says why it never ran, or is empty."""

    name: str
    depends_on: list[str]
    run_id: str
    run: Run | None
    skipped: str


class FlowView(msgspec.Struct, frozen=True, kw_only=True):
    """A build record with the jobs it has as a BuildFlow, in the order of its file; no jobs for any other record."""

    task: BuildTask
    run: Run
    jobs: list[JobView]


def jobs_of(session: Session, run: Run) -> list[JobView]:
    """The jobs of a record."""
    query = (
        select(FlowJob, Run)
        .outerjoin(Run, Run.id == FlowJob.run_id)
        .where(FlowJob.flow_id == run.id)
        .order_by(FlowJob.position)
    )
    return [
        JobView(name=job.name, depends_on=job.depends_on, run_id=job.run_id, run=of_job, skipped=job.skipped)
        for job, of_job in session.execute(query)
    ]
