"""Moving one flow on, in a transaction that holds its record: whoever comes second finds it done."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.build.flows.deciding import Decision, decide, shown
from bottega.build.flows.starting import add_run
from bottega.build.flows.tables import FlowJob
from bottega.runs.held import FLOW, JOBS
from bottega.runs.service import RunService
from bottega.runs.states import ACTIVE, RunState
from bottega.runs.tables import Run


def look(session: Session, flow: Run) -> tuple[Sequence[FlowJob], set[str], Decision]:
    """The jobs of a flow, the ids of the runs they have, and what is next."""
    query = (
        select(FlowJob, Run.state, Run.held)
        .outerjoin(Run, Run.id == FlowJob.run_id)
        .where(FlowJob.flow_id == flow.id)
        .order_by(FlowJob.position)
    )
    rows = session.execute(query).all()
    jobs = [shown(job.name, job.depends_on, job.skipped, state, held) for job, state, held in rows]
    # Of a job without a run the columns are empty, whatever the table says.
    begun = {job.run_id for job, state, _ in rows if state}
    return [job for job, _, _ in rows], begun, decide(jobs, stopping=flow.state == RunState.STOPPING)


def advance(session: Session, runs: RunService, flow_id: str) -> None:
    """Begin what can begin, leave out what cannot any more, stop all when that was asked for, and end the flow."""
    flow = session.get(Run, flow_id, with_for_update=True)
    if flow is None or flow.held != JOBS or flow.state not in ACTIVE:
        return
    if flow.state == RunState.STOPPING:
        runs.stop_all(session, flow.stop_user_name, Run.parent_run_id == flow_id)
    jobs, begun, decision = look(session, flow)
    by_name = {job.name: job for job in jobs}
    for name, why in decision.skip.items():
        job = by_name[name]
        job.skipped = why
        if job.run_id in begun:
            runs.held.refuse(session, job.run_id, FLOW, why, RunState.ABORTED)
    for name in decision.begin:
        job = by_name[name]
        if job.run_id in begun:
            runs.held.release(session, job.run_id, FLOW)
        else:
            add_run(session, runs, flow, job, held=False)
    if decision.end is not None:
        reason = decision.reason
        if decision.end is RunState.ABORTED and flow.stop_user_name:
            reason = f"stopped by {flow.stop_user_name}"
        runs.held.end_flow(session, flow, decision.end, reason)
