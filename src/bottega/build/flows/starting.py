"""Beginning a flow, and making the runs of its jobs."""

from collections.abc import Mapping

import msgspec
from sqlalchemy.orm import Session

from bottega.build.demands import also_demanded
from bottega.build.files.rights import require_usage
from bottega.build.flows.tables import FlowJob
from bottega.build.kinds import JOB
from bottega.build.planning import outcome, requests
from bottega.build.planning.planned import PlannedFlow, PlannedFlowJob, PlannedRun
from bottega.errors import Forbidden
from bottega.iam.standing import principal_of
from bottega.ids import new_execution_id, new_uuid
from bottega.runs.held import CLAIMABLE, FLOW
from bottega.runs.service import RunService
from bottega.runs.spec import NewRun, RunSpec
from bottega.runs.tables import Run


def begin(
    session: Session,
    runs: RunService,
    run_id: str,
    *,
    planned: PlannedFlow,
    commit: str,
    taken: Mapping[str, str],
) -> bool:
    """The held run becomes the record of a flow; False when it is not held any more, or was refused.

    Jobs in ``taken`` (name to run) have succeeded in an earlier flow. All others of an eager flow get their runs now.
    """
    flow = outcome.held_run(session, run_id)
    if flow is None:
        return False
    needed = {file for job in planned.jobs for file in job.run.secret_files}
    try:
        require_usage(session, principal_of(session, flow.tenant_id, flow.user_id), needed)
    except Forbidden as refused:
        outcome.refuse(session, runs, run_id, str(refused), commit)
        return False
    jobs = [_row(run_id, position, job, taken) for position, job in enumerate(planned.jobs, 1)]
    session.add_all(jobs)
    runs.held.begin_flow(session, run_id, commit_id=commit)
    session.refresh(flow)
    runs.reported.fire_source(session, flow)
    requests.forget(session, run_id)
    if planned.eager:
        for job in jobs:
            if job.name not in taken:
                add_run(session, runs, flow, job, held=True)
    return True


def add_run(session: Session, runs: RunService, flow: Run, job: FlowJob, *, held: bool) -> None:
    """Queue the run of a job; ``held``: agents do not hear of it before its turn has come."""
    planned = msgspec.convert(job.planned, PlannedRun)
    execution_id = new_execution_id()
    spec = outcome.filled(msgspec.convert(flow.spec, RunSpec), planned, flow.source_url)
    spec.opening = f"[JobStatusPlugin] onStarted: {execution_id} #{flow.number} {job.name}"
    known = {one["name"] for one in flow.parameters}
    new = NewRun(
        run_id=job.run_id,
        kind=JOB,
        tenant_id=flow.tenant_id,
        project_id=flow.project_id,
        task_id=None,
        task_name=flow.task_name,
        number=flow.number,
        daily_number=flow.daily_number,
        execution_id=execution_id,
        trigger=flow.trigger,
        user_id=flow.user_id,
        user_name=flow.user_name,
        pool=planned.pool or flow.pool,
        arch=planned.arch or flow.arch,
        flavor=planned.flavor or flow.flavor,
        demands=also_demanded(flow.demands, planned.steps, planned.flavor),
        spec=spec,
        parameters=[
            *flow.parameters,
            *(one for one in planned.parameters if one["name"] not in known),
        ],
        source_url=flow.source_url,
        repository=flow.repository,
        build_type=flow.build_type,
        branch=flow.branch,
        tag=flow.tag,
        commit_id=flow.commit_id,
        held=FLOW if held else CLAIMABLE,
        parent_run_id=flow.id,
        job=job.name,
    )
    run = runs.submit(session, new)
    # Sealed for all runs alike: what is private needs not be opened for this.
    run.sealed_secrets = flow.sealed_secrets
    run.reason = _waits_for(job.depends_on) if held else ""
    if not held:
        runs.held.announce_after_commit(session, run.pool, run.arch)


def _row(flow_id: str, position: int, job: PlannedFlowJob, taken: Mapping[str, str]) -> FlowJob:
    return FlowJob(
        flow_id=flow_id,
        position=position,
        name=job.name,
        depends_on=job.depends_on,
        run_id=taken.get(job.name) or new_uuid(),
        planned=msgspec.to_builtins(job.run),
    )


def _waits_for(names: list[str]) -> str:
    if not names:
        return ""
    return f"waits for job{'s' if len(names) > 1 else ''} {', '.join(names)} of the build flow"
