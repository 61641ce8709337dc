"""Build flows, named as in the contract."""

from zoneinfo import ZoneInfo

import msgspec

from bottega.build.api import times
from bottega.build.api.envelopes import ResultEnvelope
from bottega.build.api.list_models import build_milliseconds
from bottega.build.api.record_models import RECORD_WORDS, whole_milliseconds
from bottega.build.api.stage_models import STAGE_WORDS, BuildStageRecord, BuildStageStep
from bottega.build.flows.reading import FlowView, JobView
from bottega.runs.states import FINAL, RunState
from bottega.runs.tables import Run

SKIPPED = STAGE_WORDS["skipped"]
NOT_BEGUN = RECORD_WORDS[RunState.QUEUED]


class FlowGraph2ResultEdges(msgspec.Struct, kw_only=True, rename={"source": "from", "target": "to"}):
    """The job ``from`` waits for the job ``to``; both are ids of vertices."""

    source: str
    target: str


class Vertices(msgspec.Struct, kw_only=True):
    """A job: ``id`` is that of its record, also before there is one."""

    id: str
    status: str
    display_name: str
    build_duration: int
    start_time: str | None
    finish_time: str | None
    build_no: str


class FlowGraph2Result(msgspec.Struct, kw_only=True):
    edges: list[FlowGraph2ResultEdges]
    vertices: list[Vertices]


class ShowBuildRecordFlowGraphResponse(ResultEnvelope, kw_only=True):
    result: FlowGraph2Result


class ShowFlowGraphResponse(msgspec.Struct, kw_only=True):
    """v3's frame around the same graph."""

    result: FlowGraph2Result
    success: bool = True
    message: str | None = None
    err_code: str | None = None


def flow_graph(flow: FlowView, zone: ZoneInfo) -> FlowGraph2Result:
    """The graph of a BuildFlow; an empty one for any other build."""
    ids = {job.name: job.run_id for job in flow.jobs}
    return FlowGraph2Result(
        edges=[
            FlowGraph2ResultEdges(source=job.run_id, target=ids[name])
            for job in flow.jobs
            for name in job.depends_on
        ],
        vertices=[
            Vertices(
                id=job.run_id,
                status=_words(job)[0],
                display_name=job.name,
                build_duration=build_milliseconds(job.run) if job.run else 0,
                start_time=times.zoned(job.run.started_at, zone) if job.run else None,
                finish_time=times.zoned(job.run.finished_at, zone) if job.run else None,
                build_no=str(flow.run.number),
            )
            for job in flow.jobs
        ],
    )


def flow_stages(flow: FlowView, zone: ZoneInfo, *, with_steps: bool) -> dict[str, BuildStageRecord]:
    """The jobs as stages of the flow's record, those that have a run or were left out; steps are their stages."""
    return {
        f"stage{position}": _stage(job, position, flow.run, zone, with_steps=with_steps)
        for position, job in enumerate(flow.jobs, 1)
        if job.run or job.skipped
    }


def _words(job: JobView) -> tuple[str, int]:
    if job.skipped:
        return SKIPPED
    return RECORD_WORDS[job.run.state] if job.run else NOT_BEGUN


def _stage(job: JobView, position: int, flow: Run, zone: ZoneInfo, *, with_steps: bool) -> BuildStageRecord:
    run, (status, code) = job.run, _words(job)
    ended = bool(job.skipped) or (run is not None and run.state in FINAL)
    whole = whole_milliseconds(run) if run else 0
    building = build_milliseconds(run) if run else 0
    created = times.compact(run.created_at, zone) if run else None
    return BuildStageRecord(
        id=job.run_id,
        status=status,
        status_code=code,
        log_status="FINISHED" if ended else "RUNNING",
        create_time=created,
        schedule_time=created,
        queued_time=times.compact(run.queued_at, zone) if run else None,
        start_time=times.compact(run.started_at, zone) if run else None,
        finish_time=times.compact(run.finished_at, zone) if run else None,
        duration=whole,
        build_duration=building,
        pending_duration=max(0, whole - building),
        build_record_id=job.run_id,
        execution_id=run.execution_id if run else flow.execution_id,
        execution_stage_name=f"stage{position}",
        display_name=job.name,
        node_id=position,
        sequence=position,
        steps=_steps(job) if with_steps else None,
    )


def _steps(job: JobView) -> list[BuildStageStep]:
    if job.skipped or job.run is None:
        return []
    return [
        BuildStageStep(
            name=stage["name"],
            status=STAGE_WORDS[stage["state"]][0],
            exit_code=stage.get("exit_code"),
            err_msg=stage.get("reason") or None,
        )
        for stage in job.run.stages
    ]
