"""Revisions of build tasks and the recycle bin, v1."""

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from bottega.build.api.arguments import JobId, PageSize
from bottega.build.api.envelopes import StatusEnvelope
from bottega.build.api.families import v1
from bottega.build.api.paging import check_filter, check_size
from bottega.build.api.task_change_models import (
    JobIdsRequestBody,
    JobUpdateRecords,
    ListRecyclingJobResponse,
    ListUpdateJobHistoryResponse,
    RecyclingResponse,
    SetKeepTimeRequestBody,
    SetKeepTimeResponse,
    SetKeepTimeResult,
    ShowJobConfigDiffResponse,
    recycled,
    revision,
)
from bottega.build.api.task_models import DeleteTheJobResponse, deleted
from bottega.build.api.template_arguments import PageFromOne, page_from_one
from bottega.build.changes.service import ChangeService
from bottega.build.identifiers import build_number
from bottega.build.recycling.service import RecycleBin
from bottega.build.service import BuildService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@get("/v1/job/{job_id:str}/history", **op("list_update_job_history", "List the revisions of a build task"))
def list_update_job_history(
    principal: NamedDependency[Principal],
    changes: NamedDependency[ChangeService],
    job_id: JobId,
    page_no: PageFromOne = 1,
    page_size: PageSize = 10,
) -> ListUpdateJobHistoryResponse:
    check_size(page_size, "page_size")
    offset = page_from_one(page_no, "page_no") * page_size
    revisions, total = changes.page(principal, job_id, offset=offset, limit=page_size)
    rows = [revision(one) for one in revisions]
    return ListUpdateJobHistoryResponse(result=JobUpdateRecords(job_update_records=rows, total=total))


@get("/v1/job/{job_id:str}/diff", **op("show_job_config_diff", "Compare two revisions of a build task"))
def show_job_config_diff(
    principal: NamedDependency[Principal],
    changes: NamedDependency[ChangeService],
    job_id: JobId,
    revisedl_no: FromQuery[str],
    original_no: FromQuery[str],
) -> ShowJobConfigDiffResponse:
    difference = changes.difference(
        principal,
        job_id,
        original=build_number(original_no, "original_no"),
        revised=build_number(revisedl_no, "revisedl_no"),
    )
    return ShowJobConfigDiffResponse(result=difference)


@delete("/v1/job/batch-delete", **op("batch_delete_build_jobs", "Move build tasks to the recycle bin"))
def batch_delete_build_jobs(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    data: JSONBody[JobIdsRequestBody],
) -> DeleteTheJobResponse:
    return DeleteTheJobResponse(result=deleted(builds.delete_all(principal, data.job_ids)[0]))


@get("/v1/job/recycling-jobs", **op("list_recycling_job", "List the recycle bin"))
def list_recycling_job(
    *,
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    recycling: NamedDependency[RecycleBin],
    page_size: PageSize = 10,
    page_no: PageFromOne = 1,
    search: FromQuery[str] = "",
) -> ListRecyclingJobResponse:
    check_size(page_size, "page_size")
    page = recycling.page(
        principal,
        search=check_filter(search, "search"),
        offset=page_from_one(page_no, "page_no") * page_size,
        limit=page_size,
    )
    return ListRecyclingJobResponse(result=recycled(page, builds.zone))


@post("/v1/job/recycling-restoration", **op("restore_recycling_jobs", "Restore build tasks"))
def restore_recycling_jobs(
    principal: NamedDependency[Principal],
    recycling: NamedDependency[RecycleBin],
    data: JSONBody[JobIdsRequestBody],
) -> RecyclingResponse:
    recycling.restore(principal, data.job_ids)
    return RecyclingResponse()


@delete("/v1/job/recycling-deletion", **op("delete_recycling_jobs", "Delete build tasks for good"))
def delete_recycling_jobs(
    principal: NamedDependency[Principal],
    recycling: NamedDependency[RecycleBin],
    data: JSONBody[JobIdsRequestBody],
) -> StatusEnvelope:
    recycling.delete(principal, data.job_ids)
    return StatusEnvelope()


@delete("/v1/job/recycling-empty", **op("clear_recycling_jobs", "Empty the recycle bin"))
def clear_recycling_jobs(
    principal: NamedDependency[Principal], recycling: NamedDependency[RecycleBin]
) -> RecyclingResponse:
    recycling.empty(principal)
    return RecyclingResponse()


@post("/v1/job/keep-time", **op("set_keep_time", "Set how many days the recycle bin keeps build tasks"))
def set_keep_time(
    principal: NamedDependency[Principal],
    recycling: NamedDependency[RecycleBin],
    data: JSONBody[SetKeepTimeRequestBody],
) -> SetKeepTimeResponse:
    recycling.set_keep_days(principal, data.keep_time)
    return SetKeepTimeResponse(result=SetKeepTimeResult(keep_time=data.keep_time))


ROUTER = v1(
    [
        list_update_job_history,
        show_job_config_diff,
        batch_delete_build_jobs,
        list_recycling_job,
        restore_recycling_jobs,
        delete_recycling_jobs,
        clear_recycling_jobs,
        set_keep_time,
    ]
)
