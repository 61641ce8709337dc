"""Pages of logs, v1: of a build while it runs, of a finished one, and of one step."""

import asyncio

from litestar import get
from litestar.di import NamedDependency

from bottega.build.api.arguments import BuildNumber, JobId, LogOffset
from bottega.build.api.families import v1
from bottega.build.api.log_arguments import (
    DEFAULT_LINES,
    BuildNumberNeeded,
    JobIdQuery,
    Lines,
    Order,
    StepId,
    check_lines,
    check_order,
    check_step,
    newest_first,
)
from bottega.build.api.log_models import (
    LOCATION,
    DownloadBuildRealTimeLogResponse,
    OctopusV3LogResponseBodyResult,
    ShowActionIInfoResponse,
    ShowActionInfoResponse,
    StepLogResult,
)
from bottega.build.api.paging import check_offset
from bottega.build.identifiers import build_number
from bottega.build.logs.service import LogService
from bottega.build.service import BuildService
from bottega.build.status import BuildStatus
from bottega.http.operation import op
from bottega.iam.principal import Principal
from bottega.runs.logs.reader import LogReader


@get(
    "/v1/log/{job_id:str}/{build_no:str}/real-time-log",
    **op("download_build_real_time_log", "Read a page of a build's log", threaded=False),
)
async def download_build_real_time_log(
    *,
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    logs: NamedDependency[LogReader],
    job_id: JobId,
    build_no: BuildNumber,
    start_offset: LogOffset = 0,
    end_offset: LogOffset = 0,
    sort: Order = "",
    size: Lines = DEFAULT_LINES,
) -> DownloadBuildRealTimeLogResponse:
    end = _end(start_offset, end_offset)
    descending = check_order(sort)
    lines = check_lines(size)
    build = await builds.status.build(principal, job_id, build_number(build_no, "build_no"))
    result = await _page(logs, build, start_offset, end, lines, descending=descending)
    return DownloadBuildRealTimeLogResponse(result=result)


@get("/v1/log/stage/page", **op("show_action_i_info", "Read a build's log between offsets", threaded=False))
async def show_action_i_info(
    *,
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    logs: NamedDependency[LogReader],
    job_id: JobIdQuery,
    build_no: BuildNumberNeeded,
    start_offset: LogOffset = 0,
    end_offset: LogOffset = 0,
    sort: Order = "",
) -> ShowActionIInfoResponse:
    end = _end(start_offset, end_offset)
    descending = check_order(sort)
    build = await builds.status.build(principal, job_id, build_number(build_no, "build_no"))
    result = await _page(logs, build, start_offset, end, None, descending=descending)
    return ShowActionIInfoResponse(result=result)


@get("/v1/log/task/step", **op("show_action_info", "Read a page of one step's log"))
def show_action_info(
    *,
    principal: NamedDependency[Principal],
    build_logs: NamedDependency[LogService],
    job_id: JobIdQuery,
    build_no: BuildNumberNeeded,
    step_id: StepId = None,
    start_offset: LogOffset = 0,
    end_offset: LogOffset = 0,
    sort: Order = "",
    size: Lines = DEFAULT_LINES,
) -> ShowActionInfoResponse:
    end = _end(start_offset, end_offset)
    descending = check_order(sort)
    page = build_logs.step_page(
        principal,
        job_id,
        build_number(build_no, "build_no"),
        check_step(step_id),
        start=start_offset,
        end=end,
        max_lines=check_lines(size),
    )
    result = StepLogResult(
        has_more=not page.complete,
        start_offset=str(page.start),
        end_offset=str(page.end),
        log=newest_first(page.text) if descending else page.text,
        location=LOCATION,
        step_id=page.step_id,
        step=page.name,
    )
    return ShowActionInfoResponse(result=result)


def _end(start: int, end: int) -> int | None:
    """An end that is not behind the start is how clients say that there is none."""
    check_offset(start, "start_offset")
    check_offset(end, "end_offset")
    return end if end > start else None


async def _page(
    logs: LogReader, build: BuildStatus, start: int, end: int | None, lines: int | None, *, descending: bool
) -> OctopusV3LogResponseBodyResult:
    page = await asyncio.to_thread(logs.page, build, start, end=end, max_lines=lines)
    return OctopusV3LogResponseBodyResult(
        has_more=not page.complete,
        start_offset=str(page.start),
        end_offset=str(page.end),
        log=newest_first(page.text) if descending else page.text,
        location=LOCATION,
    )


ROUTER = v1([download_build_real_time_log, show_action_i_info, show_action_info])
