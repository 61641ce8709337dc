"""Test and coverage reports, v1."""

from litestar import get
from litestar.di import NamedDependency
from litestar.response import Stream

from bottega.build.api.arguments import BuildNumber, JobId
from bottega.build.api.families import v1
from bottega.build.api.report_arguments import BuildNumberInQuery, JobIdInQuery, OptionalRootId, RootId
from bottega.build.api.report_models import (
    ListJunitCoverageSummaryResponse,
    ShowCoverageMetricsResponse,
    ShowReportSummaryResponse,
    coverage_list,
    coverage_metrics,
    report_summary,
)
from bottega.build.identifiers import build_number
from bottega.build.reports.service import ReportService
from bottega.build.service import BuildService
from bottega.http.downloads import OCTETS, streamed
from bottega.http.operation import op
from bottega.iam.principal import Principal


@get("/v1/report/{job_id:str}/summary", **op("show_report_summary", "Show how the tests of a build ended"))
def show_report_summary(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    reports: NamedDependency[ReportService],
    job_id: JobId,
    build_no: BuildNumberInQuery,
) -> ShowReportSummaryResponse:
    number = build_number(build_no, "build_no")
    found = reports.tests(principal, job_id, number)
    return ShowReportSummaryResponse(result=report_summary(job_id, number, found, builds.settings.api.region))


@get(
    "/v1/report/junit/coverage/list",
    **op("list_junit_coverage_summary", "List the coverage reports of a build"),
)
def list_junit_coverage_summary(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    reports: NamedDependency[ReportService],
    job_id: JobIdInQuery,
    build_no: BuildNumberInQuery,
) -> ListJunitCoverageSummaryResponse:
    number = build_number(build_no, "build_no")
    found = reports.coverage(principal, job_id, number)
    return ListJunitCoverageSummaryResponse(
        result=coverage_list(job_id, number, found, builds.settings.api.region)
    )


@get(
    "/v1/report/junit/coverage/download",
    **op("download_junit_coverage_zip", "Download a coverage report", media_type=OCTETS),
)
def download_junit_coverage_zip(
    principal: NamedDependency[Principal],
    reports: NamedDependency[ReportService],
    job_id: JobIdInQuery,
    build_no: BuildNumberInQuery,
    root_id: RootId,
) -> Stream:
    number = build_number(build_no, "build_no")
    pieces = reports.archive(principal, job_id, number, root_id)
    return streamed(f"{number}-coverage.zip", pieces)


@get(
    "/v1/report/{job_id:str}/{build_no:str}/coverage/metrics",
    **op("show_coverage_metrics", "Show how much code the tests of a build covered"),
)
def show_coverage_metrics(
    principal: NamedDependency[Principal],
    reports: NamedDependency[ReportService],
    job_id: JobId,
    build_no: BuildNumber,
    root_id: OptionalRootId = "",
) -> ShowCoverageMetricsResponse:
    number = build_number(build_no, "build_no")
    found = reports.coverage(principal, job_id, number, root_id)
    return ShowCoverageMetricsResponse(result=coverage_metrics(job_id, number, found))


ROUTER = v1(
    [
        show_report_summary,
        list_junit_coverage_summary,
        download_junit_coverage_zip,
        show_coverage_metrics,
    ]
)
