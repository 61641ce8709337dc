"""Statistics of builds, v1."""

from litestar import get
from litestar.di import NamedDependency

from bottega.build.api.arguments import JobId
from bottega.build.api.families import v1
from bottega.build.api.report_arguments import BranchName, Interval, JobIdInQuery, RepositoryName
from bottega.build.api.statistics_models import (
    ListRepoBranchResponse,
    ListRepositoryResponse,
    ShowJobBuildSuccessRatioResponse,
    ShowJobBuildTimeResponse,
    build_times,
    repositories,
    success_ratio_by_day,
)
from bottega.build.statistics.service import Selection, StatisticsService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@get("/v1/report/ratio", **op("show_job_build_success_ratio", "Show how many builds went well, by day"))
def show_job_build_success_ratio(
    *,
    principal: NamedDependency[Principal],
    statistics: NamedDependency[StatisticsService],
    job_id: JobIdInQuery,
    repository_name: RepositoryName,
    interval: Interval,
    branch: BranchName = "",
) -> ShowJobBuildSuccessRatioResponse:
    wanted = Selection(task_id=job_id, repository=repository_name, branch=branch, interval=interval)
    found = statistics.ratio(principal, wanted)
    return ShowJobBuildSuccessRatioResponse(result=success_ratio_by_day(wanted, found))


@get("/v1/report/time", **op("show_job_build_time", "Show how long builds took"))
def show_job_build_time(
    *,
    principal: NamedDependency[Principal],
    statistics: NamedDependency[StatisticsService],
    job_id: JobIdInQuery,
    repository_name: RepositoryName,
    interval: Interval,
    branch: BranchName = "",
) -> ShowJobBuildTimeResponse:
    wanted = Selection(task_id=job_id, repository=repository_name, branch=branch, interval=interval)
    return ShowJobBuildTimeResponse(result=build_times(job_id, statistics.times(principal, wanted)))


@get("/v1/report/branches", **op("list_repo_branch", "List the branches a task has built"))
def list_repo_branch(
    principal: NamedDependency[Principal],
    statistics: NamedDependency[StatisticsService],
    job_id: JobIdInQuery,
    repository_name: RepositoryName,
) -> ListRepoBranchResponse:
    return ListRepoBranchResponse(result=statistics.branches(principal, job_id, repository_name))


@get(
    "/v1/report/{job_id:str}/repositories", **op("list_repository", "List the repositories a task has built")
)
def list_repository(
    principal: NamedDependency[Principal], statistics: NamedDependency[StatisticsService], job_id: JobId
) -> ListRepositoryResponse:
    return ListRepositoryResponse(result=repositories(statistics.repositories(principal, job_id)))


ROUTER = v1([show_job_build_success_ratio, show_job_build_time, list_repo_branch, list_repository])
