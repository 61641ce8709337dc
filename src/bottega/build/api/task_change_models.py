"""Requests and responses about names, states, stars, revisions and the recycle bin, named as in the contract."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec

from bottega.build.api.envelopes import ResultEnvelope, StatusEnvelope
from bottega.build.api.task_models import CreateBuildJobRequestBody
from bottega.build.api.times import plain
from bottega.build.changes.tables import TaskRevision
from bottega.build.definition import TASK_NAME_PATTERN, Definition
from bottega.build.recycling.service import MAX_DAYS, MAX_TASKS, Bin
from bottega.build.tables import BuildTask
from bottega.build.wire import CreateBuildJobParameter, CreateBuildJobScm, JobId
from bottega.documented import documented

SECOND_MS = 1000


class CopyJobRequestBody(CreateBuildJobRequestBody, kw_only=True):
    copy_job_id: JobId


class BooleanResponse(StatusEnvelope, kw_only=True):
    result: bool


class ShowCopyNameResponse(ResultEnvelope, kw_only=True):
    result: str


class DisableTheJobRequestBody(msgspec.Struct, kw_only=True):
    disabled: bool
    reason: str | None = None


class IsDisableResult(msgspec.Struct, kw_only=True):
    forbiddener: str
    reson: str
    disabled: int
    job_id: str
    job_name: str
    forbidden_time: int


class ShowDisableResponse(ResultEnvelope, kw_only=True):
    result: IsDisableResult | None


class FavouriteResponseResult(msgspec.Struct, kw_only=True):
    favorite: bool


class FavouriteResponse(ResultEnvelope, kw_only=True):
    result: FavouriteResponseResult


class JobUpdateRecord(msgspec.Struct, kw_only=True):
    id: str
    update_number: int
    update_type: str
    user_id: str
    user_name: str
    nick_name: str
    update_at: int


class JobUpdateRecords(msgspec.Struct, kw_only=True):
    job_update_records: list[JobUpdateRecord]
    total: int


class ListUpdateJobHistoryResponse(ResultEnvelope, kw_only=True):
    result: JobUpdateRecords


class ShowJobConfigDiffResponse(StatusEnvelope, kw_only=True):
    result: str | None


class JobPipelineInfoItems(msgspec.Struct, kw_only=True):
    scms: list[CreateBuildJobScm]
    parameters: list[CreateBuildJobParameter]
    job_name: str
    job_name_massage: str
    job_name_regex: str = TASK_NAME_PATTERN
    source_code: str = "codeci"


class ShowJobPipelineInfoResponse(ResultEnvelope, kw_only=True):
    result: JobPipelineInfoItems


class EndPoints(msgspec.Struct, kw_only=True):
    endpoints: list[dict[str, Any]]
    total: int


class ListEndPointsResponse(ResultEnvelope, kw_only=True):
    result: EndPoints


class JobIdsRequestBody(msgspec.Struct, kw_only=True):
    job_ids: Annotated[list[JobId], documented(min_items=1, max_items=MAX_TASKS)]


class RecyclingJob(msgspec.Struct, kw_only=True):
    """Times twice: in the server's zone, and as seconds since the epoch in text."""

    job_id: str
    job_name: str
    project_id: str
    creator_name: str
    creator_id: str
    create_time: str
    delete_time: str
    create_time_stamp: str
    delete_time_stamp: str


class RecyclingJobsResult(msgspec.Struct, kw_only=True):
    keep_time: int
    total: int
    job_list: list[RecyclingJob]


class ListRecyclingJobResponse(ResultEnvelope, kw_only=True):
    result: RecyclingJobsResult
    success: bool = True


class RecyclingResponse(msgspec.Struct, kw_only=True):
    error: str | None = None
    status: str = "success"


class SetKeepTimeRequestBody(msgspec.Struct, kw_only=True):
    keep_time: Annotated[int, documented(minimum=1, maximum=MAX_DAYS)]


class SetKeepTimeResult(msgspec.Struct, kw_only=True):
    keep_time: int


class SetKeepTimeResponse(ResultEnvelope, kw_only=True):
    result: SetKeepTimeResult


def disabled(task: BuildTask) -> IsDisableResult:
    """Who disabled a task, when and why."""
    return IsDisableResult(
        forbiddener=f"{task.disabled_by}【{task.disabled_by}】",
        reson=task.disabled_reason,
        disabled=1,
        job_id=task.id,
        job_name=task.name,
        forbidden_time=task.disabled_at or 0,
    )


def revision(one: TaskRevision) -> JobUpdateRecord:
    """One row of the history."""
    return JobUpdateRecord(
        id=f"{one.task_id}-{one.number}",
        update_number=one.number,
        update_type=one.kind,
        user_id=one.user_id,
        user_name=one.user_name,
        nick_name=one.user_name,
        update_at=one.at,
    )


def pipeline_info(task: BuildTask) -> JobPipelineInfoItems:
    """What a pipeline asks of a task it wants to run."""
    definition = msgspec.convert(task.definition, Definition)
    return JobPipelineInfoItems(
        scms=definition.scms or [],
        parameters=definition.parameters or [],
        job_name=task.name,
        job_name_massage="1 to 115 characters: Chinese, letters, digits, '_' and '-'",
    )


def recycled(page: Bin, zone: ZoneInfo) -> RecyclingJobsResult:
    """A page of the recycle bin."""
    rows = [_recycled(task, zone) for task in page.tasks]
    return RecyclingJobsResult(keep_time=page.keep_days, total=page.total, job_list=rows)


def _recycled(task: BuildTask, zone: ZoneInfo) -> RecyclingJob:
    deleted_at = task.deleted_at or 0
    return RecyclingJob(
        job_id=task.id,
        job_name=task.name,
        project_id=task.project_id,
        creator_name=task.creator_name,
        creator_id=task.creator_id,
        create_time=plain(task.created_at, zone),
        delete_time=plain(deleted_at, zone),
        create_time_stamp=str(task.created_at // SECOND_MS),
        delete_time_stamp=str(deleted_at // SECOND_MS),
    )
