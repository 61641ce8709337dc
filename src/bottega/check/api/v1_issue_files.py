"""The issues of a task as a file. Bottega's own operation."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Stream

from bottega.check.api import issue_words
from bottega.check.api.families import check
from bottega.check.api.issue_arguments import DelayStatus, JobId, Severities, words
from bottega.check.api.task_arguments import TaskId
from bottega.check.issues.filters import IssueFilter
from bottega.check.reports.export import IssueExport
from bottega.errors import Invalid
from bottega.http.downloads import OCTETS, streamed
from bottega.http.operation import op
from bottega.iam.principal import Principal

CSV, SARIF = "csv", "sarif"
ENDINGS = {CSV: "-issues.csv", SARIF: ".sarif"}
WANTED = "0,3,4,5"

Form = Annotated[
    str, QueryParameter(name="format", description="csv, or sarif", schema_extra={"enum": [CSV, SARIF]})
]
V1StatusIds = Annotated[
    str,
    QueryParameter(
        description="0 pending, 1 fixed, 2 resolved, 3 reopened, 4 in review, 5 ignored, 6 not looked for",
        schema_extra={"pattern": "^ *([0-6] *(, *[0-6] *)*)?$"},
    ),
]


@get(
    "/v1/tasks/{task_id:str}/issues-file",
    **op("export_issues", "Download the issues of a check task", media_type=OCTETS),
)
def export_issues(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    issue_export: NamedDependency[IssueExport],
    task_id: TaskId,
    form: Form = CSV,
    status_ids: V1StatusIds = WANTED,
    severity: Severities = "",
    delay_status: DelayStatus = "",
    job_id: JobId = "",
) -> Stream:
    if form not in ENDINGS:
        raise Invalid("format", f"must be {CSV} or {SARIF}")
    severities = words(severity, "severity")
    statuses = words(status_ids, "status_ids") or WANTED.split(",")
    where = IssueFilter(
        statuses=issue_words.statuses(statuses, issue_words.V1_WANTED, "status_ids"),
        severities=issue_words.severities(severities, "severity") if severities else None,
        deferred=issue_words.deferred(words(delay_status, "delay_status"), "delay_status"),
    )
    make = issue_export.csv if form == CSV else issue_export.sarif
    file = make(principal, task_id, where, job_id)
    return streamed(f"{file.name}{ENDINGS[form]}", file.pieces)


ROUTER = check([export_issues])
