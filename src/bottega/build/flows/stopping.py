"""Stopping one job of a flow before it has a run; a job that has one is stopped like any other run."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.build.flows.tables import FlowJob
from bottega.errors import AlreadyFinished
from bottega.runs.held import JOBS
from bottega.runs.states import RunState
from bottega.runs.tables import Run


def waiting_job(session: Session, tenant_id: str, run_id: str) -> tuple[Run, FlowJob] | None:
    """The flow, locked, and its job that is to become the run ``run_id``; None when the run is there, or no such job.

    Another tenant's jobs do not exist.
    """
    query = (
        select(Run)
        .join(FlowJob, FlowJob.flow_id == Run.id)
        .where(FlowJob.run_id == run_id, Run.tenant_id == tenant_id)
    )
    # Runs of jobs are made while the flow is locked, and jobs are taken over only with their run.
    for flow in session.scalars(query.with_for_update(of=Run)).all():
        if session.get(Run, run_id) is None:
            job = select(FlowJob).where(FlowJob.flow_id == flow.id, FlowJob.run_id == run_id)
            return flow, session.scalars(job).one()
    return None


def leave_out(flow: Run, job: FlowJob, user_name: str) -> None:
    """The job never runs. Raises :class:`AlreadyFinished` when that is so already, or the flow ends."""
    if job.skipped or flow.state != RunState.RUNNING or flow.held != JOBS:
        raise AlreadyFinished(f"job {job.name} of build {flow.number} does not wait any more")
    job.skipped = f"stopped by {user_name}"
