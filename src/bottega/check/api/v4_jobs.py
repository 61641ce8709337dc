"""The checks of a task, v4."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from bottega.check.api.families import check
from bottega.check.api.job_models import JobsResponse, LastJobsResponse, job_of, last_of
from bottega.check.api.scan_words import V4
from bottega.check.api.task_arguments import (
    PageNumber,
    TaskId,
    check_limit,
    check_page,
    limit_of,
    read_moment,
)
from bottega.check.api.text_language import AcceptLanguage, in_english
from bottega.check.api.v2_scans import Moment
from bottega.check.scans.history import ScanHistory, Window
from bottega.errors import SHOWN, Invalid
from bottega.http.operation import op
from bottega.iam.principal import Principal

MAX_SIZE = 200

Statuses = Annotated[
    list[str] | None,
    QueryParameter(
        description="quering, running, success, failed or aborted; several, or with commas between"
    ),
]


@get("/v4/tasks/{task_id:str}/jobs", **op("list_check_jobs", "List the checks of a task (v4)"))
def list_check_jobs(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    scan_history: NamedDependency[ScanHistory],
    task_id: TaskId,
    statuses: Statuses = None,
    begin_start_time: Moment = "",
    end_start_time: Moment = "",
    page: PageNumber = 1,
    page_size: Annotated[int, limit_of(MAX_SIZE)] = MAX_SIZE,
    accepted: AcceptLanguage = "",
) -> JobsResponse:
    size = check_limit(page_size, MAX_SIZE, "page_size")
    window = Window(
        since=read_moment(begin_start_time, "begin_start_time") if begin_start_time else 0,
        until=read_moment(end_start_time, "end_start_time") + 999 if end_start_time else 0,
        states=_states(statuses or []),
    )
    offset = (check_page(page) - 1) * size
    found = scan_history.page(principal, task_id, window, offset=offset, limit=size)
    return JobsResponse(
        data=[job_of(scan, english=in_english(accepted)) for scan in found.rows], total=found.total
    )


@get("/v4/tasks/{task_id:str}/last-jobs", **op("show_last_check_jobs", "Show the newest checks of a task"))
def show_last_check_jobs(
    principal: NamedDependency[Principal], scan_history: NamedDependency[ScanHistory], task_id: TaskId
) -> LastJobsResponse:
    return last_of(scan_history.last(principal, task_id))


def _states(given: list[str]) -> set[str]:
    states: set[str] = set()
    for word in (part.strip() for one in given for part in one.split(",")):
        found = {state for state, known in V4.items() if known == word}
        if word and not found:
            raise Invalid("statuses", f"{word[:SHOWN]!r} is none of {', '.join(sorted(set(V4.values())))}")
        states |= found
    return states


ROUTER = check([list_check_jobs, show_last_check_jobs])
