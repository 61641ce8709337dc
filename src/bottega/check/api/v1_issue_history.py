"""How the issues of a task come and go, v1."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from bottega.check.api.families import check
from bottega.check.api.issue_arguments import Day, TaskIdQuery
from bottega.check.api.task_arguments import read_moment
from bottega.check.api.v1_issue_models import (
    TaskStatisticsResponse,
    TrendResponse,
    task_statistics,
    trend_point,
)
from bottega.check.issues.service import IssueService
from bottega.errors import Invalid
from bottega.http.operation import op
from bottega.iam.principal import Principal

DAY_MS = 24 * 3600 * 1000
TIMES = "times"


@get("/v1/defects/task-statistics", **op("show_task_statistics", "Count the issues of a check task in full"))
def show_task_statistics(
    principal: NamedDependency[Principal], issues: NamedDependency[IssueService], task_id: TaskIdQuery
) -> TaskStatisticsResponse:
    return TaskStatisticsResponse(result=task_statistics(issues.state(principal, task_id)))


@get("/v1/history/defect-metric-trend", **op("display_trend", "Show the issues of every check in a time"))
def display_trend(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    issues: NamedDependency[IssueService],
    task_id: TaskIdQuery,
    start_date: Day,
    end_date: Day,
    dimension: Annotated[
        str, QueryParameter(description="Always times: a row for each check", schema_extra={"enum": [TIMES]})
    ] = TIMES,
) -> TrendResponse:
    if dimension != TIMES:
        raise Invalid("dimension", f"must be {TIMES}")
    since, last = _day(start_date, "start_date"), _day(end_date, "end_date")
    if last < since:
        raise Invalid("end_date", "is before start_date")
    found = issues.trend(principal, task_id, since, last + DAY_MS)
    return TrendResponse(result=[trend_point(scan) for scan in found])


def _day(text: str, field: str) -> int:
    try:
        return read_moment(f"{text}T00:00:00Z", field)
    except Invalid:
        raise Invalid(field, "must be a day of the form yyyy-MM-dd") from None


ROUTER = check([show_task_statistics, display_trend])
