"""The logs of checks, v1."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Stream

from bottega.check.api.families import check
from bottega.check.api.job_models import ConsoleLogResponse, backward, forward
from bottega.check.identifiers import HEX32_PATTERN
from bottega.check.scans.logs import ScanLogs
from bottega.errors import SHOWN, Invalid
from bottega.http.downloads import OCTETS, streamed
from bottega.http.operation import op
from bottega.iam.principal import Principal

MAX_LINES, DEFAULT_LINES = 1000, 100
MAX_OFFSET = 2**53
ASCENDING, DESCENDING = "ASC", "DESC"

JobId = Annotated[
    str,
    QueryParameter(description="Id of a check, or of its sub job", schema_extra={"pattern": HEX32_PATTERN}),
]
ByteOffset = Annotated[
    int,
    QueryParameter(description="Bytes of the whole log", schema_extra={"minimum": 0, "maximum": MAX_OFFSET}),
]
Lines = Annotated[
    int, QueryParameter(description="Lines of a page", schema_extra={"minimum": 0, "maximum": MAX_LINES})
]
Order = Annotated[
    str,
    QueryParameter(
        description="DESC begins with the newest line, ASC with the oldest",
        schema_extra={"pattern": "^([Aa][Ss][Cc]|[Dd][Ee][Ss][Cc])?$"},
    ),
]


@get("/v1/console-log", **op("show_check_log", "Read a page of a check's log"))
def show_check_log(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    scan_logs: NamedDependency[ScanLogs],
    job_id: JobId,
    start_offset: ByteOffset = 0,
    end_offset: ByteOffset = 0,
    size: Lines = DEFAULT_LINES,
    sort: Order = DESCENDING,
) -> ConsoleLogResponse:
    for value, field in ((start_offset, "start_offset"), (end_offset, "end_offset")):
        if not 0 <= value <= MAX_OFFSET:
            raise Invalid(field, f"{value} is not between 0 and {MAX_OFFSET}")
    if not 0 <= size <= MAX_LINES:
        raise Invalid("size", f"{size} is not between 0 and {MAX_LINES}")
    order = sort.upper() or DESCENDING
    if order == ASCENDING:
        return forward(scan_logs.page(principal, job_id, start_offset, size))
    if order == DESCENDING:
        return backward(scan_logs.page_back(principal, job_id, end_offset, size))
    raise Invalid("sort", f"{sort[:SHOWN]!r} is neither {ASCENDING} nor {DESCENDING}")


@get(
    "/v1/log-file",
    **op("download_check_log", "Download a check's log, packed", media_type=OCTETS),
)
def download_check_log(
    principal: NamedDependency[Principal], scan_logs: NamedDependency[ScanLogs], sub_job_id: JobId
) -> Stream:
    return streamed(*scan_logs.download(principal, sub_job_id))


ROUTER = check([show_check_log, download_check_log])
