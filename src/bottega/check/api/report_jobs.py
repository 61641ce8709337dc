"""Reports of check tasks as PDF, v1 and v2: asked for, waited for, downloaded."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from bottega.check.api.families import ReportFrame, check
from bottega.check.api.issue_arguments import TaskIdQuery
from bottega.check.api.task_arguments import TaskId
from bottega.check.reports.jobs import MAX_FILE, MAX_JOB, MAX_PROJECT_NAME, JobState, ReportJobs
from bottega.check.reports.tables import CheckReportJob
from bottega.http.downloads import OCTETS, attachment
from bottega.http.operation import op
from bottega.iam.principal import Principal

TIME_ASK = 3
"""Seconds after which a client may ask again how far it is."""
DONE, AT_WORK = "100", "1"

_JOB = {"minimum": 1, "maximum": MAX_JOB}
AsyncJobId = Annotated[int, PathParameter(description="Id of a report that was asked for", schema_extra=_JOB)]
AsyncJobIdQuery = Annotated[
    int,
    QueryParameter(name="async_job_id", description="Id of a report that was asked for", schema_extra=_JOB),
]
ProjectName = Annotated[
    str,
    QueryParameter(
        description="What the report calls the project; its name without it",
        schema_extra={"maxLength": MAX_PROJECT_NAME},
    ),
]
JobFile = Annotated[
    str, QueryParameter(description="jobFile of a finished report", schema_extra={"maxLength": MAX_FILE})
]


class PdfJob(msgspec.Struct, kw_only=True):
    timeAsk: int  # noqa: N815 - as on the wire
    asyncJobId: int  # noqa: N815


class PdfJobResponse(ReportFrame, kw_only=True):
    result: PdfJob


class AsyncJob(msgspec.Struct, kw_only=True):
    """``createTime`` is in the time zone of the server's API, which the service has as GMT+8."""

    id: int
    jobFile: str | None  # noqa: N815 - as on the wire
    jobStatus: str  # noqa: N815
    createTime: str  # noqa: N815
    progress: str
    reason: str | None


class AsyncJobResponse(ReportFrame, kw_only=True):
    result: AsyncJob


@put("/v1/tasks/{task_id:str}/pdf-async-job", **op("put_pdf_job", "Have a report of a check task written"))
def put_pdf_job(
    principal: NamedDependency[Principal],
    report_jobs: NamedDependency[ReportJobs],
    task_id: TaskId,
    project_name: ProjectName = "",
) -> PdfJobResponse:
    job = report_jobs.ask(principal, task_id, project_name)
    return PdfJobResponse(result=PdfJob(timeAsk=TIME_ASK, asyncJobId=job.id))


@get(
    "/v1/tasks/{task_id:str}/async-job/{async_job_id:int}",
    **op("get_async_job", "Show how far a report is"),
)
def get_async_job(
    principal: NamedDependency[Principal],
    report_jobs: NamedDependency[ReportJobs],
    task_id: TaskId,
    async_job_id: AsyncJobId,
) -> AsyncJobResponse:
    return AsyncJobResponse(
        result=_shown(report_jobs.job(principal, task_id, async_job_id), report_jobs.zone)
    )


@get("/v2/async-job", **op("get_async_job_v2", "Show how far a report is (v2)"))
def get_async_job_v2(
    principal: NamedDependency[Principal],
    report_jobs: NamedDependency[ReportJobs],
    task_id: TaskIdQuery,
    async_job_id: AsyncJobIdQuery,
) -> AsyncJobResponse:
    return AsyncJobResponse(
        result=_shown(report_jobs.job(principal, task_id, async_job_id), report_jobs.zone)
    )


@get(
    "/v1/tasks/{task_id:str}/pdf-file",
    **op("get_pdf_file", "Download a finished report, once", media_type=OCTETS),
)
def get_pdf_file(
    principal: NamedDependency[Principal],
    report_jobs: NamedDependency[ReportJobs],
    task_id: TaskId,
    job_file: JobFile,
) -> Response[bytes]:
    return attachment(job_file.rpartition("/")[2], report_jobs.fetch(principal, task_id, job_file))


def _shown(job: CheckReportJob, zone: ZoneInfo) -> AsyncJob:
    return AsyncJob(
        id=job.id,
        jobFile=job.file or None,
        jobStatus=job.state,
        createTime=f"{datetime.fromtimestamp(job.created_at // 1000, zone):%Y-%m-%d %H:%M:%S}",
        progress=AT_WORK if job.state == JobState.RUNNING else DONE,
        reason=job.reason or None,
    )


ROUTER = check([put_pdf_job, get_async_job, get_async_job_v2, get_pdf_file])
