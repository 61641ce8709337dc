"""Build records, v3: histories, details, and a record by its number."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from bottega.build.api import times, windows
from bottega.build.api.arguments import BuildNumber, Day, JobId, PageIndex, PageSize
from bottega.build.api.families import v3
from bottega.build.api.list_models import build_milliseconds
from bottega.build.api.paging import check_index, check_size
from bottega.build.api.record_models import RECORD_WORDS, ShowRecordInfoResponse, record_info
from bottega.build.api.stage_models import stage_milliseconds
from bottega.build.api.windows import MAX_PERIOD_DAYS
from bottega.build.flows.reading import FlowView
from bottega.build.identifiers import build_number
from bottega.build.reader import RecordPage
from bottega.build.service import BuildService
from bottega.clock import epoch_ms
from bottega.errors import Invalid
from bottega.http.operation import op
from bottega.iam.principal import Principal
from bottega.runs.queries import RunFilter
from bottega.runs.states import FINAL, RunState
from bottega.runs.tables import Run

Days = Annotated[
    int,
    QueryParameter(
        description="Days before today", schema_extra={"minimum": 0, "maximum": windows.MAX_PERIOD_DAYS}
    ),
]

TRIGGER_WORDS = {
    "MANUAL": "手工触发",
    "TIMER": "定时触发",
    "CODE": "代码更新触发",
    "PIPELINE": "流水线触发",
}
"""Clients of v3 show these as they are."""

STEP_WORDS = {
    "running": "running",
    "success": "success",
    "failure": "error",
    "aborted": "error",
    "timeout": "error",
    "skipped": "",
}
"""``status`` of a build step; empty for one that was not executed."""


JOB_STEP_WORDS: dict[str, str] = {
    RunState.RUNNING: "running",
    RunState.STOPPING: "running",
    RunState.SUCCESS: "success",
    **dict.fromkeys(FINAL - {RunState.SUCCESS}, "error"),
}
"""The same for a job of a build flow by the state of its run."""


class HistoryRecord(msgspec.Struct, kw_only=True):
    """``record_id`` holds the daily build number."""

    record_id: str
    job_id: str
    build_number: int
    start_time: str | None
    end_time: str | None
    result: str


class ShowListHistoryResponse(msgspec.Struct, kw_only=True):
    history_records: list[HistoryRecord]
    total: int


class HistoryRecord1(HistoryRecord, kw_only=True):
    branch: str
    commit_id: str
    commit_message: str
    executor: str
    trigger_type: str


class ShowListPeriodHistoryResponse(msgspec.Struct, kw_only=True):
    history_records: list[HistoryRecord1]
    total: int


class BuildStep(msgspec.Struct, kw_only=True):
    """``build_time`` in milliseconds."""

    name: str
    status: str
    build_time: int


class ShowHistoryDetailsResponse(msgspec.Struct, kw_only=True):
    job_name: str
    build_number: int
    project_id: str
    project_name: str
    parameters: dict[str, str]
    build_steps: list[BuildStep]


@get("/v3/jobs/{job_id:str}/history", **op("show_list_history", "List the builds of the last days (v3)"))
def show_list_history(
    *,
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    offset: PageIndex = 0,
    limit: PageSize = 10,
    interval: Days = 7,
) -> ShowListHistoryResponse:
    if not 0 <= interval <= MAX_PERIOD_DAYS:
        raise Invalid("interval", f"{interval} is not between 0 and {MAX_PERIOD_DAYS} days")
    start = times.days_ago(interval, epoch_ms(), builds.zone)
    where = RunFilter(tenant_id=principal.tenant_id, task_id=job_id, created_from=start)
    found = _history(builds, principal, where, offset=offset, limit=limit)
    records = [HistoryRecord(**_common(run, builds.zone)) for run in found.runs]
    return ShowListHistoryResponse(history_records=records, total=found.total)


@get(
    "/v3/jobs/{job_id:str}/period-history",
    **op("show_list_period_history", "List the builds of a period of days (v3)"),
)
def show_list_period_history(
    *,
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    start_time: Day,
    end_time: Day,
    offset: PageIndex = 0,
    limit: PageSize = 10,
) -> ShowListPeriodHistoryResponse:
    start, end = windows.days(start_time, end_time, builds.zone)
    where = RunFilter(tenant_id=principal.tenant_id, task_id=job_id, created_from=start, created_to=end)
    found = _history(builds, principal, where, offset=offset, limit=limit)
    records = [
        HistoryRecord1(
            **_common(run, builds.zone),
            branch=run.branch,
            commit_id=run.commit_id,
            commit_message=run.commit_message,
            executor=run.user_name,
            trigger_type=TRIGGER_WORDS.get(run.trigger, run.trigger),
        )
        for run in found.runs
    ]
    return ShowListPeriodHistoryResponse(history_records=records, total=found.total)


@get(
    "/v3/jobs/{job_id:str}/{build_number:str}/history-details",
    **op("show_history_details", "Show the steps and parameters of a build (v3)"),
)
def show_history_details(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    build_number: BuildNumber,
) -> ShowHistoryDetailsResponse:
    number = _number(build_number, "build_number")
    builds.reader.require_history(principal, job_id)
    view = builds.reader.record_of_task(principal, job_id, number)
    flow = builds.reader.flow(principal, view.run.id)
    return ShowHistoryDetailsResponse(
        job_name=view.task.name,
        build_number=view.run.number,
        project_id=view.task.project_id,
        project_name=builds.reader.project_name(view.task),
        parameters={one["name"]: one["value"] for one in view.run.parameters},
        build_steps=_jobs(flow) if flow.jobs else _visible_steps(view.run),
    )


@get(
    "/v3/jobs/{job_id:str}/{build_no:str}/record-info",
    **op("show_record_info", "Show the record of a build by its number (v3)"),
)
def show_record_info(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    job_id: JobId,
    build_no: BuildNumber,
) -> ShowRecordInfoResponse:
    view = builds.reader.record_of_task(principal, job_id, _number(build_no, "build_no"))
    return ShowRecordInfoResponse(result=record_info(view, builds.settings.api.region))


def _history(
    builds: BuildService, principal: Principal, where: RunFilter, *, offset: int, limit: int
) -> RecordPage:
    check_index(offset, "offset")
    check_size(limit, "limit")
    return builds.reader.history(principal, where.task_id, where, offset=offset, limit=limit)


def _common(run: Run, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "record_id": run.daily_number,
        "job_id": run.task_id,
        "build_number": run.number,
        "start_time": times.zoned(run.started_at or run.created_at, zone),
        "end_time": times.zoned(run.finished_at, zone),
        "result": RECORD_WORDS[run.state][0],
    }


def _jobs(flow: FlowView) -> list[BuildStep]:
    """The jobs of a build flow stand for its steps."""
    return [
        BuildStep(
            name=job.name,
            status=JOB_STEP_WORDS.get(job.run.state, "") if job.run and not job.skipped else "",
            build_time=build_milliseconds(job.run) if job.run else 0,
        )
        for job in flow.jobs
    ]


def _visible_steps(run: Run) -> list[BuildStep]:
    reached = {stage["key"]: stage for stage in run.stages}
    steps: list[BuildStep] = []
    for step in run.spec["steps"]:
        if step.get("hidden"):
            continue
        stage = reached.get(step["key"])
        status = STEP_WORDS[stage["state"]] if stage else ""
        steps.append(
            BuildStep(name=step["name"], status=status, build_time=stage_milliseconds(stage) if stage else 0)
        )
    return steps


_number = build_number

ROUTER = v3([show_list_history, show_list_period_history, show_history_details, show_record_info])
