"""Statistics of builds, v3."""

from litestar import get
from litestar.di import NamedDependency

from bottega.build.api import windows
from bottega.build.api.arguments import Day, JobId
from bottega.build.api.families import v3
from bottega.build.api.statistics_models import ShowJobSuccessRatioResponse, success_ratio
from bottega.build.service import BuildService
from bottega.build.statistics.service import StatisticsService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@get(
    "/v3/jobs/{job_id:str}/success-ratio",
    **op("show_job_success_ratio", "Show how many builds of a period went well (v3)"),
)
def show_job_success_ratio(
    *,
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    statistics: NamedDependency[StatisticsService],
    job_id: JobId,
    start_time: Day,
    end_time: Day,
) -> ShowJobSuccessRatioResponse:
    begins, ends = windows.days(start_time, end_time, builds.zone)
    return success_ratio(statistics.successes(principal, job_id, begins=begins, ends=ends))


ROUTER = v3([show_job_success_ratio])
