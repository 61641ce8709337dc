"""Which flows can be moved on, asked of all of them at once and without a lock: most have nothing to be done."""

from itertools import groupby
from operator import attrgetter

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from bottega.build.flows.deciding import decide, shown
from bottega.build.flows.tables import FlowJob
from bottega.runs.held import JOBS
from bottega.runs.states import ACTIVE, RunState
from bottega.runs.tables import Run

STOPPABLE = frozenset({RunState.QUEUED, RunState.RUNNING})


def due(session: Session) -> list[str]:
    """Ids of the flows for which there is something to do, the oldest first."""
    of_job = aliased(Run)
    query = (
        select(
            Run.id.label("flow_id"),
            Run.state.label("flow_state"),
            FlowJob.name,
            FlowJob.depends_on,
            FlowJob.skipped,
            of_job.state,
            of_job.held,
        )
        .join(FlowJob, FlowJob.flow_id == Run.id)
        .outerjoin(of_job, of_job.id == FlowJob.run_id)
        .where(Run.state.in_(ACTIVE), Run.held == JOBS)
        .order_by(Run.created_at, Run.id, FlowJob.position)
    )
    found: list[str] = []
    for flow_id, group in groupby(session.execute(query), attrgetter("flow_id")):
        rows = list(group)
        stopping = rows[0].flow_state == RunState.STOPPING
        to_be_stopped = stopping and any(row.state in STOPPABLE for row in rows)
        jobs = [shown(row.name, row.depends_on, row.skipped, row.state, row.held) for row in rows]
        if to_be_stopped or not decide(jobs, stopping=stopping).is_nothing:
            found.append(flow_id)
    return found
