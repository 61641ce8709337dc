"""Statistics of builds, named as in the contract."""

import msgspec

from bottega.build.api.envelopes import ResultEnvelope, StatusEnvelope
from bottega.build.api.record_models import RECORD_WORDS
from bottega.build.statistics.figures import BuildTimes, Ratio, Repositories, Successes
from bottega.build.statistics.service import ALL_BRANCHES, Selection


class ShowJobBuildSuccessRatioResultEveryDayReport(msgspec.Struct, kw_only=True):
    """``date`` as ``2024/06/15``; the ratio in percent, null on a day without builds."""

    date: str
    success_ratio: int | None


class ShowJobBuildSuccessRatioResult(msgspec.Struct, kw_only=True):
    """The fraction is written ``2/3``."""

    job_id: str
    branch: str
    total_success_count: int
    total_count: int
    total_success_ratio_fraction: str
    every_day_report: list[ShowJobBuildSuccessRatioResultEveryDayReport]


class ShowJobBuildSuccessRatioResponse(StatusEnvelope, kw_only=True):
    result: ShowJobBuildSuccessRatioResult


class ShowJobBuildTimeResultChart(msgspec.Struct, kw_only=True):
    """``build_time`` in seconds."""

    daily_build_number: str
    build_number: int
    build_time: int
    build_result: str


class ShowJobBuildTimeResult(msgspec.Struct, kw_only=True):
    """In seconds."""

    job_id: str
    avg_build_time: float
    max_build_time: int
    min_build_time: int
    chart: list[ShowJobBuildTimeResultChart]


class ShowJobBuildTimeResponse(StatusEnvelope, kw_only=True):
    result: ShowJobBuildTimeResult


class ListRepoBranchResponse(StatusEnvelope, kw_only=True):
    result: list[str]


class RepositoriesResult(msgspec.Struct, kw_only=True):
    latest: str | None
    repositories: list[str]


class ListRepositoryResponse(ResultEnvelope, kw_only=True):
    result: RepositoriesResult


class ShowJobSuccessRatioResponse(msgspec.Struct, kw_only=True):
    """``success_ratio`` from 0 to 1 with two decimals."""

    success_count: int
    total_count: int
    success_ratio: float


def success_ratio_by_day(wanted: Selection, found: Ratio) -> ShowJobBuildSuccessRatioResult:
    """By day and over the whole period."""
    return ShowJobBuildSuccessRatioResult(
        job_id=wanted.task_id,
        branch=wanted.branch or ALL_BRANCHES,
        total_success_count=found.whole.success,
        total_count=found.whole.total,
        total_success_ratio_fraction=f"{found.whole.success}/{found.whole.total}",
        every_day_report=[
            ShowJobBuildSuccessRatioResultEveryDayReport(
                date=f"{one.day:%Y/%m/%d}",
                success_ratio=one.builds.percent if one.builds.total else None,
            )
            for one in found.days
        ],
    )


def build_times(task_id: str, found: BuildTimes) -> ShowJobBuildTimeResult:
    """One point of the chart for each build."""
    chart = [
        ShowJobBuildTimeResultChart(
            daily_build_number=point.daily_number,
            build_number=point.number,
            build_time=point.seconds,
            build_result=RECORD_WORDS[point.state][0],
        )
        for point in found.points
    ]
    return ShowJobBuildTimeResult(
        job_id=task_id,
        avg_build_time=found.average,
        max_build_time=found.longest,
        min_build_time=found.shortest,
        chart=chart,
    )


def repositories(found: Repositories) -> RepositoriesResult:
    """Named as in the contract."""
    return RepositoriesResult(latest=found.latest, repositories=found.names)


def success_ratio(found: Successes) -> ShowJobSuccessRatioResponse:
    """The ratio of v3 is the percentage of v1 in other words."""
    return ShowJobSuccessRatioResponse(
        success_count=found.success, total_count=found.total, success_ratio=found.percent / 100
    )
