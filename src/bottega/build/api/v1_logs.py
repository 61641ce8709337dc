"""Logs, v1 and v4: pages while a build runs, downloads of the whole or of one stage."""

import asyncio
from collections.abc import Iterator
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Stream

from bottega.build.api.arguments import BuildNumber, JobId, LogLevel, LogOffset, RecordId, any_case
from bottega.build.api.families import v1
from bottega.build.api.log_models import DownloadBuildRealTimeLogResponse, OctopusV3LogResponseBodyResult
from bottega.build.api.paging import check_offset
from bottega.build.identifiers import build_number
from bottega.build.service import BuildService
from bottega.errors import Invalid, NotFound
from bottega.http.operation import op
from bottega.iam.principal import Principal
from bottega.runs.logs.reader import LogReader
from bottega.runs.tables import Run

DEFAULT_LINES = 1000
MAX_LINES = 10_000
MAX_STAGE_NAME = 1000
OCTETS = "application/octet-stream"
ORDERS = ("", "AES", "ASC", "DESC")
"""``AES`` is how the API's own documentation spells ascending."""

Order = Annotated[str, QueryParameter(description="ASC or DESC", schema_extra={"pattern": any_case(*ORDERS)})]
Lines = Annotated[
    int,
    QueryParameter(description="Lines of a page", schema_extra={"minimum": 1, "maximum": MAX_LINES}),
]
StageKey = Annotated[
    str,
    QueryParameter(
        description="Key of a stage, such as stage1",
        schema_extra={"min_length": 1, "max_length": MAX_STAGE_NAME},
    ),
]


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
    check_offset(start_offset, "start_offset")
    check_offset(end_offset, "end_offset")
    order = sort.upper()
    if order not in ORDERS:
        raise Invalid("sort", f"{sort[:80]!r} is neither ASC nor DESC")
    if not 1 <= size <= MAX_LINES:
        raise Invalid("size", f"{size} is not between 1 and {MAX_LINES} lines")
    build = await builds.status.build(principal, job_id, build_number(build_no, "build_no"))
    # An end that is not behind the start is how clients say that there is none.
    end = end_offset if end_offset > start_offset else None
    page = await asyncio.to_thread(logs.page, build, start_offset, end=end, max_lines=size)
    result = OctopusV3LogResponseBodyResult(
        has_more=not page.complete,
        start_offset=str(page.start),
        end_offset=str(page.end),
        log=_newest_first(page.text) if order == "DESC" else page.text,
        location="bottega",
    )
    return DownloadBuildRealTimeLogResponse(result=result)


@get(
    "/v4/{record_id:str}/download-log",
    **op("download_build_log", "Download a build's log", media_type=OCTETS),
)
def download_build_log(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    logs: NamedDependency[LogReader],
    record_id: RecordId,
    log_level: LogLevel = "INFO",
) -> Stream:
    level = _level(log_level)
    run = builds.reader.record(principal, record_id).run
    return _download(run, logs.stream(run, level=level), "build.log")


@get(
    "/v4/{record_id:str}/task-log",
    **op("download_task_log", "Download the log of one stage", media_type=OCTETS),
)
def download_task_log(
    *,
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    logs: NamedDependency[LogReader],
    record_id: RecordId,
    task_name: StageKey,
    log_level: LogLevel = "INFO",
) -> Stream:
    level = _level(log_level)
    if not 1 <= len(task_name) <= MAX_STAGE_NAME:
        raise Invalid("task_name", f"must have 1 to {MAX_STAGE_NAME} characters")
    run = builds.reader.record(principal, record_id).run
    stage = next((one for one in run.stages if one["key"] == task_name), None)
    if stage is None:
        raise NotFound("stage", task_name[:80])
    chunks = logs.stream(run, level=level, start=stage["log_start"], end=stage["log_end"])
    return _download(run, chunks, f"{stage['key']}.log")


def _download(run: Run, chunks: Iterator[bytes], file_name: str) -> Stream:
    # The name is put together from our own values only, so it needs no quoting.
    headers = {"Content-Disposition": f'attachment; filename="{run.number}-{file_name}"'}
    return Stream(chunks, media_type=OCTETS, headers=headers)


def _level(text: str) -> str:
    level = text.upper()
    if level not in {"INFO", "DEBUG"}:
        raise Invalid("log_level", f"{text[:80]!r} is neither INFO nor DEBUG")
    return level


def _newest_first(text: str) -> str:
    return "".join(reversed(text.splitlines(keepends=True)))


ROUTER = v1([download_build_real_time_log, download_build_log, download_task_log])
