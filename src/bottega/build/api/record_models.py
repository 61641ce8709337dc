"""Build records of v1 and v4, with their status words and codes."""

from collections.abc import Mapping
from typing import Any

import msgspec

from bottega.build.api import times
from bottega.build.api.envelopes import ResultEnvelope
from bottega.build.api.list_models import TRIGGER_WORDS, build_milliseconds, source_of
from bottega.build.api.run_models import running_word
from bottega.build.definition import DEFAULT_POOL
from bottega.build.reader import RecordPage, RecordView
from bottega.build.records.queries import BriefRun
from bottega.build.tables import BuildTask
from bottega.build.yaml import DEFAULT_PATH, PATH_PARAMETER
from bottega.clock import epoch_ms
from bottega.runs.states import RunState
from bottega.runs.tables import Run

RECORD_WORDS: dict[str, tuple[str, int]] = {
    RunState.QUEUED: ("QUEUED", 1),
    RunState.RUNNING: ("RUNNING", 3),
    RunState.STOPPING: ("RUNNING", 3),
    RunState.SUCCESS: ("SUCCESS", 5),
    RunState.FAILURE: ("FAILURE", 6),
    RunState.LOST: ("FAILURE", 6),
    RunState.TIMEOUT: ("TIMEOUT", 7),
    RunState.ABORTED: ("ABORTED", 8),
    RunState.SCHEDULE_FAILURE: ("SCHEDULE_FAILURE", 9),
}
"""``status`` and ``status_code`` of records; only 5 and 8 are documented, the others are this server's."""


class BuildRecordParameters(msgspec.Struct, kw_only=True):
    name: str
    secret: bool
    value: str
    type: str


class BuildRecordBuildRecordType(msgspec.Struct, kw_only=True):
    rerun: bool
    trigger_type: str
    record_type: str
    is_rerun: bool


class BuildRecord(msgspec.Struct, kw_only=True):
    """Times in UTC with milliseconds, durations in milliseconds; ``project_id`` is the build project's."""

    id: str
    status: str
    status_code: int
    create_time: str | None
    schedule_time: str | None
    queued_time: str | None
    start_time: str | None
    finish_time: str | None
    duration: int
    build_duration: int
    pending_duration: int
    project_id: str
    display_name: str
    trigger_name: str
    group_name: str | None
    execution_id: str
    parameters: list[BuildRecordParameters]
    repository: str
    branch: str
    revision: str
    build_yml_path: str | None
    build_yml_url: str | None
    daily_build_number: str
    build_record_type: BuildRecordBuildRecordType
    trigger_type: str
    scm_type: str | None
    scm_web_url: str | None
    user_id: str
    build_no: str
    daily_build_no: str
    dev_cloud_build_type: str


class ListRecordsResultPagination(msgspec.Struct, kw_only=True):
    page: int
    limit: int
    total: int


class ListRecordsResult(msgspec.Struct, kw_only=True):
    pagination: ListRecordsResultPagination
    data: list[BuildRecord]


class ListRecordsResponse(ResultEnvelope, kw_only=True):
    result: ListRecordsResult


class ShowBuildRecordResponse(ResultEnvelope, kw_only=True):
    result: BuildRecord


class BuildInfoRecordCommitInfo(msgspec.Struct, kw_only=True):
    commit_id: str
    created_at: str | None


class BuildInfoRecord(msgspec.Struct, kw_only=True):
    """``build_time`` and ``cost_time`` in milliseconds, ``start_time`` in epoch milliseconds."""

    number: int
    build_time: int
    start_time: int
    job_running_status: str
    state: str
    user_id: str
    executor: str
    nickname: str
    daily_build_number: str
    trigger_type: str
    cost_time: int
    commit_id: str
    commit_info: BuildInfoRecordCommitInfo | None
    build_type: str
    code_branch: str
    scm_type: str | None
    scm_web_url: str | None
    commit_detail_url: str | None


class ListBuildInfoRecordBodyResult(msgspec.Struct, kw_only=True):
    """All four numbers are text."""

    health_score: str
    page_index: str
    total_page: str
    total_record: str
    job_build_states: list[BuildInfoRecord]


class ListBuildInfoRecordByJobIdResponse(ResultEnvelope, kw_only=True):
    result: ListBuildInfoRecordBodyResult


class RecordInfo2Result(msgspec.Struct, kw_only=True):
    """``id`` and ``build_record_id`` are the same here, so that a client that mixes them up still works."""

    id: str
    build_project_id: str
    build_record_id: str
    parent_record_id: str | None
    devcloud_project_id: str
    codeci_job_id: str
    user_id: str
    build_no: int
    daily_build_num: str
    execution_id: str
    repo_name: str | None
    repo_id: str | None
    branch: str
    tag: str
    commit: str
    commit_message: str
    commit_create_time: str | None
    trigger_type: str
    build_type: str
    status: str
    domain_id: str
    create_time: str | None
    schedule_time: str | None
    queued_time: str | None
    start_time: str | None
    runnable_time: str | None
    finish_time: str | None
    duration: int
    record_status: str
    use_private_slave: int
    region: str
    err_msg: str | None
    build_config_type: str


class ShowRecordDetailResponse(ResultEnvelope, kw_only=True):
    result: RecordInfo2Result


class ShowRecordInfoResponse(msgspec.Struct, kw_only=True):
    """v3's frame around the same record."""

    result: RecordInfo2Result
    success: bool = True


def build_record(task: BuildTask, run: Run) -> BuildRecord:
    """A record as the lists of v1 show it."""
    scm = source_of(task.definition)
    status, code = RECORD_WORDS[run.state]
    return BuildRecord(
        id=run.id,
        status=status,
        status_code=code,
        create_time=times.utc(run.created_at),
        schedule_time=times.utc(run.created_at),
        queued_time=times.utc(run.queued_at),
        start_time=times.utc(run.started_at),
        finish_time=times.utc(run.finished_at),
        duration=whole_milliseconds(run),
        build_duration=build_milliseconds(run),
        pending_duration=max(0, whole_milliseconds(run) - build_milliseconds(run)),
        project_id=task.build_project_id,
        display_name=run.job or task.name,
        trigger_name=run.user_name,
        group_name=scm.group_name,
        execution_id=run.execution_id,
        parameters=[_parameter(one) for one in run.parameters],
        repository=run.source_url,
        branch=run.branch,
        revision=run.commit_id,
        build_yml_path=_yaml_path(run) if task.definition.get("build_config_type") == "YAML" else None,
        build_yml_url=None,
        daily_build_number=run.daily_number,
        build_record_type=BuildRecordBuildRecordType(
            rerun=run.rerun_of is not None,
            trigger_type=run.trigger,
            record_type="JOB",
            is_rerun=run.rerun_of is not None,
        ),
        trigger_type=run.trigger,
        scm_type=scm.scm_type,
        scm_web_url=scm.web_url,
        user_id=run.user_id,
        build_no=str(run.number),
        daily_build_no=run.daily_number,
        dev_cloud_build_type=run.build_type,
    )


def info_record(task: BuildTask, run: Run, triggers: Mapping[str, str] = TRIGGER_WORDS) -> BuildInfoRecord:
    """A record as ``GET /v1/record/{job_id}/list`` shows it; ``triggers`` are the family's words for them."""
    scm = source_of(task.definition)
    commit = BuildInfoRecordCommitInfo(commit_id=run.commit_id, created_at=times.utc(run.committed_at))
    return BuildInfoRecord(
        number=run.number,
        build_time=build_milliseconds(run),
        start_time=run.started_at or run.created_at,
        job_running_status=running_word(run),
        state=RECORD_WORDS[run.state][0],
        user_id=run.user_id,
        executor=run.user_name,
        nickname=run.user_name,
        daily_build_number=run.daily_number,
        trigger_type=triggers.get(run.trigger, run.trigger),
        cost_time=build_milliseconds(run),
        commit_id=run.commit_id,
        commit_info=commit if run.commit_id else None,
        build_type=run.build_type,
        code_branch=run.branch,
        scm_type=scm.scm_type,
        scm_web_url=scm.web_url,
        commit_detail_url=None,
    )


def info_page(
    found: RecordPage, page_index: int, page_size: int, triggers: Mapping[str, str] = TRIGGER_WORDS
) -> ListBuildInfoRecordBodyResult:
    """A page of records as the lists of a window show it."""
    return ListBuildInfoRecordBodyResult(
        health_score=str(found.health),
        page_index=str(page_index),
        total_page=str(-(-found.total // page_size)),
        total_record=str(found.total),
        job_build_states=[info_record(found.task, run, triggers) for run in found.runs],
    )


def record_info(view: RecordView, region: str) -> RecordInfo2Result:
    """A record as ``record-info`` shows it; ``err_msg`` says why it waits, or why it ended as it did."""
    task, run = view.task, view.run
    scm = source_of(task.definition)
    status = RECORD_WORDS[run.state][0]
    return RecordInfo2Result(
        id=run.id,
        build_project_id=task.build_project_id,
        build_record_id=run.id,
        parent_record_id=run.parent_run_id,
        devcloud_project_id=task.project_id,
        codeci_job_id=task.id,
        user_id=run.user_id,
        build_no=run.number,
        daily_build_num=run.daily_number,
        execution_id=run.execution_id,
        repo_name=run.repository or None,
        repo_id=str(scm.repo_id) if scm.repo_id is not None else None,
        branch=run.branch,
        tag=run.tag,
        commit=run.commit_id,
        commit_message=run.commit_message,
        commit_create_time=times.utc(run.committed_at),
        trigger_type=run.trigger,
        build_type=run.build_type,
        status=status,
        domain_id=run.tenant_id,
        create_time=times.utc(run.created_at),
        schedule_time=times.utc(run.created_at),
        queued_time=times.utc(run.queued_at),
        start_time=times.utc(run.started_at),
        runnable_time=times.utc(run.runnable_at),
        finish_time=times.utc(run.finished_at),
        duration=whole_milliseconds(run),
        record_status=status,
        use_private_slave=int(run.pool != DEFAULT_POOL),
        region=region,
        err_msg=view.waiting or run.reason or None,
        build_config_type=task.definition.get("build_config_type") or "ACTION",
    )


def whole_milliseconds(run: Run | BriefRun) -> int:
    """From acceptance to the end, or until now."""
    return max(0, (run.finished_at or epoch_ms()) - run.created_at)


def _yaml_path(run: Run) -> str:
    named = (one["value"] for one in run.parameters if one["name"] == PATH_PARAMETER)
    return next(named, "") or DEFAULT_PATH


def _parameter(one: dict[str, Any]) -> BuildRecordParameters:
    return BuildRecordParameters(name=one["name"], secret=one["secret"], value=one["value"], type=one["type"])
