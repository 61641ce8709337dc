"""Records of several tasks, and figures of one task's records, v1."""

from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from bottega.build.api import windows
from bottega.build.api.arguments import BuildProjectId, JobId, OptionalMoment
from bottega.build.api.families import v1
from bottega.build.api.paging import MAX_PAGE_SIZE
from bottega.build.api.record_list_models import (
    BuildProjects,
    ListBranchesResponse,
    ListBriefRecordResponse,
    ShowJobTotalResponse,
    TotalResponseBodyResult,
    brief,
)
from bottega.build.records.service import RecordService
from bottega.build.service import BuildService
from bottega.errors import Invalid
from bottega.http.operation import op
from bottega.iam.principal import Principal

BriefLimit = Annotated[
    int,
    QueryParameter(
        description="Records of each build project", schema_extra={"minimum": 0, "maximum": MAX_PAGE_SIZE}
    ),
]


@get(
    "/v1/record/{build_project_id:str}/statistics",
    **op("show_job_total", "Count the builds of a build project"),
)
def show_job_total(
    *,
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    build_records: NamedDependency[RecordService],
    build_project_id: BuildProjectId,
    from_date: OptionalMoment = "",
    to_date: OptionalMoment = "",
) -> ShowJobTotalResponse:
    start, end = windows.optional(from_date, to_date, builds.zone)
    total = build_records.total(principal, build_project_id, start, end)
    return ShowJobTotalResponse(result=TotalResponseBodyResult(total=total))


@post("/v1/record/brief", **op("list_brief_record", "List the newest records of build projects in brief"))
def list_brief_record(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    build_records: NamedDependency[RecordService],
    data: JSONBody[BuildProjects],
    limit: BriefLimit = 10,
) -> ListBriefRecordResponse:
    if not 0 <= limit <= MAX_PAGE_SIZE:
        raise Invalid("limit", f"{limit} is not between 0 and {MAX_PAGE_SIZE}")
    found = build_records.newest(principal, data, limit)
    return ListBriefRecordResponse(result=[brief(one, builds.zone) for one in found])


@get(
    "/v1/job/{job_id:str}/badge/branches",
    **op("list_badge_branches", "List the branches a build task was built from"),
)
def list_badge_branches(
    principal: NamedDependency[Principal], build_records: NamedDependency[RecordService], job_id: JobId
) -> ListBranchesResponse:
    return ListBranchesResponse(result=build_records.branches(principal, job_id))


ROUTER = v1([show_job_total, list_brief_record, list_badge_branches])
