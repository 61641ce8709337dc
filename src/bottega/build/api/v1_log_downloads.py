"""Downloads of logs, v1 and v4: of a whole build, or of one stage."""

from litestar import get
from litestar.di import NamedDependency
from litestar.response import Stream

from bottega.build.api.arguments import LogLevel, RecordId
from bottega.build.api.families import v1
from bottega.build.api.log_arguments import Compress, StageKey, check_level, check_stage_key
from bottega.build.logs.service import LogService
from bottega.http.downloads import OCTETS, streamed
from bottega.http.operation import op
from bottega.iam.principal import Principal


@get(
    "/v1/log/{record_id:str}/download-log",
    **op("download_build_full_log", "Download a build's log, packed if wanted", media_type=OCTETS),
)
def download_build_full_log(
    principal: NamedDependency[Principal],
    build_logs: NamedDependency[LogService],
    record_id: RecordId,
    log_level: LogLevel = "INFO",
    compress: Compress = False,
) -> Stream:
    found = build_logs.download(principal, record_id, check_level(log_level), compress=compress)
    return streamed(found.name, found.pieces)


@get(
    "/v1/log/{record_id:str}/task-log",
    **op("download_task_log_new", "Download the log of one stage, packed if wanted", media_type=OCTETS),
)
def download_task_log_new(
    *,
    principal: NamedDependency[Principal],
    build_logs: NamedDependency[LogService],
    record_id: RecordId,
    task_name: StageKey,
    log_level: LogLevel = "INFO",
    compress: Compress = False,
) -> Stream:
    level, key = check_level(log_level), check_stage_key(task_name)
    found = build_logs.stage_download(principal, record_id, key, level, compress=compress)
    return streamed(found.name, found.pieces)


@get(
    "/v4/{record_id:str}/download-log",
    **op("download_build_log", "Download a build's log", media_type=OCTETS),
)
def download_build_log(
    principal: NamedDependency[Principal],
    build_logs: NamedDependency[LogService],
    record_id: RecordId,
    log_level: LogLevel = "INFO",
) -> Stream:
    found = build_logs.download(principal, record_id, check_level(log_level), compress=False)
    return streamed(found.name, found.pieces)


@get(
    "/v4/{record_id:str}/task-log",
    **op("download_task_log", "Download the log of one stage", media_type=OCTETS),
)
def download_task_log(
    principal: NamedDependency[Principal],
    build_logs: NamedDependency[LogService],
    record_id: RecordId,
    task_name: StageKey,
    log_level: LogLevel = "INFO",
) -> Stream:
    level, key = check_level(log_level), check_stage_key(task_name)
    found = build_logs.stage_download(principal, record_id, key, level, compress=False)
    return streamed(found.name, found.pieces)


ROUTER = v1([download_build_full_log, download_task_log_new, download_build_log, download_task_log])
