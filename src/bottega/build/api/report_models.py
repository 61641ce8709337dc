"""Test and coverage reports, named as in the contract; the metrics of coverage are not part of it."""

from collections.abc import Sequence

import msgspec

from bottega.build.api import times
from bottega.build.api.envelopes import ResultEnvelope
from bottega.build.reports.figures import KINDS, Counter, Coverage, UnitTests, add_coverage, add_tests
from bottega.build.reports.service import StageCoverage, StageTests


class ShowReportSummary(msgspec.Struct, kw_only=True):
    """Of one stage, or of all of them: those have no stage and no root id.

    ``execution_time`` in milliseconds, ``genrate_time`` in UTC, ``success_density`` from 0 to 1. Where nothing was
    reported the figures are 0, and null is whether it went well.
    """

    job_id: str
    build_no: int
    stage_name: str | None
    root_id: str | None
    total: int
    success: int
    failures: int
    errors: int
    others: int
    execution_time: int
    genrate_time: str | None
    region: str
    is_success: bool | None
    success_density: float


class ShowReportSummaryBodyResult(msgspec.Struct, kw_only=True):
    summary: ShowReportSummary
    sub_summarys: list[ShowReportSummary]


class ShowReportSummaryResponse(ResultEnvelope, kw_only=True):
    result: ShowReportSummaryBodyResult


class ListJunitCoverageSummaryResultUnitSummaryList(msgspec.Struct, kw_only=True):
    job_id: str
    build_no: int
    stage_name: str
    root_id: str
    region: str


class ListJunitCoverageSummaryResult(msgspec.Struct, kw_only=True):
    unit_summary_list: list[ListJunitCoverageSummaryResultUnitSummaryList]


class ListJunitCoverageSummaryResponse(ResultEnvelope, kw_only=True):
    result: ListJunitCoverageSummaryResult


class CoverageMetric(msgspec.Struct, kw_only=True):
    """``ratio`` in percent with two decimals, null when there is nothing to be covered."""

    covered: int
    total: int
    ratio: float | None


class CoverageMetrics(msgspec.Struct, kw_only=True):
    """By what is counted; null where the tool does not count it."""

    instructions: CoverageMetric | None
    branches: CoverageMetric | None
    lines: CoverageMetric | None
    methods: CoverageMetric | None
    classes: CoverageMetric | None


class StageCoverageMetrics(CoverageMetrics, kw_only=True):
    stage_name: str
    root_id: str


class CoverageMetricsResult(msgspec.Struct, kw_only=True):
    """``summary`` is all ``stages`` together."""

    job_id: str
    build_no: int
    summary: CoverageMetrics
    stages: list[StageCoverageMetrics]


class ShowCoverageMetricsResponse(ResultEnvelope, kw_only=True):
    result: CoverageMetricsResult


def report_summary(
    job_id: str, number: int, found: Sequence[StageTests], region: str
) -> ShowReportSummaryBodyResult:
    """All stages together, and each by itself."""

    def shown(tests: UnitTests, at: int | None, stage: StageTests | None = None) -> ShowReportSummary:
        return ShowReportSummary(
            job_id=job_id,
            build_no=number,
            stage_name=stage.stage if stage else None,
            root_id=stage.root_id if stage else None,
            total=tests.total,
            success=tests.success,
            failures=tests.failures,
            errors=tests.errors,
            others=tests.others,
            execution_time=tests.execution_ms,
            genrate_time=times.utc(at),
            region=region,
            is_success=None if at is None else tests.passed,
            success_density=tests.density,
        )

    newest = max((one.created_at for one in found), default=None)
    return ShowReportSummaryBodyResult(
        summary=shown(add_tests(one.tests for one in found), newest),
        sub_summarys=[shown(one.tests, one.created_at, one) for one in found],
    )


def coverage_list(
    job_id: str, number: int, found: Sequence[StageCoverage], region: str
) -> ListJunitCoverageSummaryResult:
    """The stages whose coverage report can be downloaded."""
    rows = [
        ListJunitCoverageSummaryResultUnitSummaryList(
            job_id=job_id, build_no=number, stage_name=one.stage, root_id=one.root_id, region=region
        )
        for one in found
        if one.has_archive
    ]
    return ListJunitCoverageSummaryResult(unit_summary_list=rows)


def coverage_metrics(job_id: str, number: int, found: Sequence[StageCoverage]) -> CoverageMetricsResult:
    """All stages together, and each by itself."""
    whole = add_coverage(one.coverage for one in found)
    return CoverageMetricsResult(
        job_id=job_id,
        build_no=number,
        summary=CoverageMetrics(**_metrics(whole)),
        stages=[
            StageCoverageMetrics(stage_name=one.stage, root_id=one.root_id, **_metrics(one.coverage))
            for one in found
        ],
    )


def _metrics(coverage: Coverage) -> dict[str, CoverageMetric | None]:
    return {kind: _metric(getattr(coverage, kind)) for kind in KINDS}


def _metric(counter: Counter | None) -> CoverageMetric | None:
    if counter is None:
        return None
    return CoverageMetric(covered=counter.covered, total=counter.total, ratio=counter.ratio)
