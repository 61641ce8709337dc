"""Running, stopping and asking after checks, v2."""

from typing import Annotated

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from bottega.check.api.families import check
from bottega.check.api.scan_models import (
    CheckRecordResponse,
    RunRequestV2,
    RunTaskResponse,
    ShowProgressDetailResponse,
    ShowTasklogResponse,
    log_of,
    progress_of,
    record_of,
)
from bottega.check.api.task_arguments import (
    MOMENT_PATTERN,
    Offset,
    ProjectId,
    TaskId,
    check_limit,
    check_offset,
    limit_of,
    read_moment,
)
from bottega.check.identifiers import OPTIONAL_HEX32_PATTERN
from bottega.check.scans.history import ScanHistory, Window
from bottega.check.scans.logs import ScanLogs
from bottega.check.scans.service import ScanService
from bottega.http.documentation import BodyIsOptional
from bottega.http.operation import JSON_UTF8, op
from bottega.iam.principal import Principal

MAX_RECORDS = 1000

ScanIdQuery = Annotated[
    str,
    QueryParameter(description="Id of a check of the task", schema_extra={"pattern": OPTIONAL_HEX32_PATTERN}),
]
Moment = Annotated[
    str,
    QueryParameter(description="UTC", schema_extra={"pattern": f"^({MOMENT_PATTERN.strip('^$')})?$"}),
]


@post("/v2/tasks/{task_id:str}/run", **op("run_task", "Check a task", operation_class=BodyIsOptional))
def run_task(
    principal: NamedDependency[Principal],
    scans: NamedDependency[ScanService],
    task_id: TaskId,
    data: JSONBody[RunRequestV2 | None] = None,
) -> RunTaskResponse:
    override = None if data is None else data.override()
    return RunTaskResponse(exec_id=scans.run(principal, task_id, override=override).id)


@post("/v2/tasks/{task_id:str}/stop", **op("stop_task_by_id", "Stop the check of a task"))
def stop_task_by_id(
    principal: NamedDependency[Principal], scans: NamedDependency[ScanService], task_id: TaskId
) -> Response[None]:
    scans.stop(principal, task_id)
    # The service answers with nothing at all here, and its clients are used to that.
    return Response(None, media_type=JSON_UTF8)


@get("/v2/tasks/{task_id:str}/progress", **op("show_progress_detail", "Show how far a check is"))
def show_progress_detail(
    principal: NamedDependency[Principal],
    scan_history: NamedDependency[ScanHistory],
    task_id: TaskId,
    job_id: ScanIdQuery = "",
) -> ShowProgressDetailResponse:
    return progress_of(scan_history.progress(principal, task_id, job_id))


@get(
    "/v2/{project_id:str}/tasks/{task_id:str}/checkrecord",
    **op("check_record", "List the checks of a task with what they found"),
)
def check_record(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    scan_history: NamedDependency[ScanHistory],
    project_id: ProjectId,
    task_id: TaskId,
    offset: Offset = 0,
    limit: Annotated[int, limit_of(MAX_RECORDS)] = 10,
    start_time: Moment = "",
    end_time: Moment = "",
) -> CheckRecordResponse:
    window = Window(
        since=read_moment(start_time, "start_time") if start_time else 0,
        until=read_moment(end_time, "end_time") + 999 if end_time else 0,
    )
    found = scan_history.page(
        principal,
        task_id,
        window,
        offset=check_offset(offset),
        limit=check_limit(limit, MAX_RECORDS),
        project_id=project_id,
    )
    return CheckRecordResponse(data=[record_of(scan) for scan in found.rows], total=found.total)


@get(
    "/v2/{project_id:str}/tasks/{task_id:str}/log-detail",
    **op("show_tasklog", "Show why a check failed, the newest unless one is named"),
)
def show_tasklog(
    principal: NamedDependency[Principal],
    scan_logs: NamedDependency[ScanLogs],
    project_id: ProjectId,
    task_id: TaskId,
    execute_id: ScanIdQuery = "",
) -> ShowTasklogResponse:
    return log_of(scan_logs.detail(principal, project_id, task_id, execute_id))


ROUTER = check([run_task, stop_task_by_id, show_progress_detail, check_record, show_tasklog])
