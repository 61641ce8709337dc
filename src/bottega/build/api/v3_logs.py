"""Pages and downloads of a build's log, v3."""

import asyncio
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Stream

from bottega.build.api.arguments import BuildNumber, JobId, LogLevel, LogOffset, RecordId
from bottega.build.api.families import v3
from bottega.build.api.log_arguments import Compress, check_level
from bottega.build.api.log_models import DownloadRealTimeLogResponse, RealTimeLogResponseBodyResult
from bottega.build.api.paging import check_offset
from bottega.build.identifiers import build_number
from bottega.build.logs.service import LogService
from bottega.build.service import BuildService
from bottega.errors import Invalid
from bottega.http.downloads import OCTETS, streamed
from bottega.http.operation import op
from bottega.iam.principal import Principal
from bottega.runs.logs.reader import LogReader

DEFAULT_LENGTH = 1_000_000
MAX_LENGTH = 10_000_000

Length = Annotated[
    int, QueryParameter(description="Bytes of a page", schema_extra={"minimum": 1, "maximum": MAX_LENGTH})
]


@get(
    "/v3/jobs/{job_id:str}/{build_no:str}/real-time-log",
    **op("download_real_time_log", "Read a page of a build's log (v3)", threaded=False),
)
async def download_real_time_log(
    *,
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    logs: NamedDependency[LogReader],
    job_id: JobId,
    build_no: BuildNumber,
    offset: LogOffset = 0,
    length: Length = DEFAULT_LENGTH,
) -> DownloadRealTimeLogResponse:
    check_offset(offset, "offset")
    if not 1 <= length <= MAX_LENGTH:
        raise Invalid("length", f"{length} is not between 1 and {MAX_LENGTH} bytes")
    build = await builds.status.build(principal, job_id, build_number(build_no, "build_no"))
    page = await asyncio.to_thread(logs.page, build, offset, max_bytes=length)
    result = RealTimeLogResponseBodyResult(
        has_more_data=not page.complete, offset=page.end, content=page.text, current_offset=page.start
    )
    return DownloadRealTimeLogResponse(result=result)


@get(
    "/v3/{record_id:str}/download-log",
    **op("download_log_by_record_id", "Download a build's log (v3)", media_type=OCTETS),
)
def download_log_by_record_id(
    principal: NamedDependency[Principal],
    build_logs: NamedDependency[LogService],
    record_id: RecordId,
    log_level: LogLevel = "INFO",
    compress: Compress = False,
) -> Stream:
    found = build_logs.download(principal, record_id, check_level(log_level), compress=compress)
    return streamed(found.name, found.pieces)


ROUTER = v3([download_real_time_log, download_log_by_record_id])
