"""Records of several tasks in brief, and figures of one task's records, named as in the contract."""

from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

from bottega.build.api import times
from bottega.build.api.envelopes import ResultEnvelope
from bottega.build.api.list_models import build_milliseconds
from bottega.build.api.record_models import RECORD_WORDS, ListBuildInfoRecordBodyResult, whole_milliseconds
from bottega.build.identifiers import UUID_PATTERN
from bottega.build.records.queries import BriefRun
from bottega.build.records.service import LastSuccess, NewestRecords
from bottega.documented import documented

BuildProjects = list[Annotated[str, documented(pattern=UUID_PATTERN)]]
"""A body that is nothing but ids of build projects."""


class TotalResponseBodyResult(msgspec.Struct, kw_only=True):
    total: int


class ShowJobTotalResponse(ResultEnvelope, kw_only=True):
    result: TotalResponseBodyResult


class BriefRecordItems(msgspec.Struct, kw_only=True):
    """Durations are milliseconds; ``project_id`` is the build project's."""

    id: str
    status: str
    duration: int
    create_time: str
    schedule_time: str | None
    queued_time: str | None
    start_time: str | None
    finish_time: str | None
    build_duration: int
    pending_duration: int
    project_id: str
    build_no: int
    branch: str
    revision: str
    trigger_name: str
    daily_build_number: str


class ListBriefRecordResponseBodyResult(msgspec.Struct, kw_only=True):
    project_id: str
    brief_build_record_dtos: list[BriefRecordItems]


class ListBriefRecordResponse(ResultEnvelope, kw_only=True):
    result: list[ListBriefRecordResponseBodyResult]


class ListBranchesResponse(ResultEnvelope, kw_only=True):
    """Names of branches, sorted."""

    result: list[str]


class ListBuildInfoRecordResponse(ResultEnvelope, kw_only=True):
    result: ListBuildInfoRecordBodyResult


class ShowLastHistoryResponse(msgspec.Struct, kw_only=True):
    """``record_id`` holds the daily build number."""

    record_id: str
    job_id: str
    job_name: str
    build_number: int
    start_time: str | None
    end_time: str | None
    result: str
    commit_id: str


def brief(found: NewestRecords, zone: ZoneInfo) -> ListBriefRecordResponseBodyResult:
    """The newest records of one build project."""
    items = [_brief(found.build_project_id, run, zone) for run in found.runs]
    return ListBriefRecordResponseBodyResult(project_id=found.build_project_id, brief_build_record_dtos=items)


def last_history(found: LastSuccess, zone: ZoneInfo) -> ShowLastHistoryResponse:
    """A successful build as v3 shows it."""
    run = found.run
    return ShowLastHistoryResponse(
        record_id=run.daily_number,
        job_id=run.task_id,
        job_name=found.task_name,
        build_number=run.number,
        start_time=times.zoned(run.started_at or run.created_at, zone),
        end_time=times.zoned(run.finished_at, zone),
        result=RECORD_WORDS[run.state][0],
        commit_id=run.commit_id,
    )


def _brief(build_project_id: str, run: BriefRun, zone: ZoneInfo) -> BriefRecordItems:
    whole, building = whole_milliseconds(run), build_milliseconds(run)
    return BriefRecordItems(
        id=run.id,
        status=RECORD_WORDS[run.state][0],
        duration=whole,
        create_time=times.plain(run.created_at, zone),
        schedule_time=times.compact(run.created_at, zone),
        queued_time=times.compact(run.queued_at, zone),
        start_time=times.compact(run.started_at, zone),
        finish_time=times.compact(run.finished_at, zone),
        build_duration=building,
        pending_duration=max(0, whole - building),
        project_id=build_project_id,
        build_no=run.number,
        branch=run.branch,
        revision=run.commit_id,
        trigger_name=run.user_name,
        daily_build_number=run.daily_number,
    )
