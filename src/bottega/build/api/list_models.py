"""Rows of task lists, and the header of one task, with the status words of both."""

from typing import Any

import msgspec

from bottega.build.access import Action
from bottega.build.api.envelopes import ResultEnvelope, StatusEnvelope
from bottega.build.api.permission_models import flags
from bottega.build.api.run_models import is_unfinished, running_word
from bottega.build.definition import Definition
from bottega.build.reader import TaskView
from bottega.build.records.queries import BriefRun
from bottega.build.status import BuildStatus, TaskStatus
from bottega.build.wire import CreateBuildJobScm
from bottega.clock import epoch_ms
from bottega.runs.states import RunState
from bottega.runs.tables import Run

LIST_WORDS: dict[str, str] = {
    RunState.QUEUED: "building",
    RunState.RUNNING: "building",
    RunState.STOPPING: "building",
    RunState.SUCCESS: "blue",
    RunState.FAILURE: "red",
    RunState.LOST: "red",
    RunState.SCHEDULE_FAILURE: "red",
    RunState.ABORTED: "aborted",
    RunState.TIMEOUT: "timeout",
}
"""``last_build_status`` of lists, as the filter ``build_status`` names them; ``none`` while never built."""

INFO_WORDS: dict[str, str] = {
    RunState.QUEUED: "building",
    RunState.RUNNING: "building",
    RunState.STOPPING: "building",
    RunState.SUCCESS: "success",
    RunState.FAILURE: "failure",
    RunState.LOST: "failure",
    RunState.SCHEDULE_FAILURE: "failure",
    RunState.ABORTED: "aborted",
    RunState.TIMEOUT: "timeout",
}
"""``last_build_status`` of ``GET /v1/job/{job_id}/info``; ``none`` while never built."""

NEVER_BUILT = "none"
TRIGGER_WORDS = {"MANUAL": "Manual", "TIMER": "Timer", "CODE": "CodeUpdate", "PIPELINE": "Pipeline"}
MINUTE_MS = 60_000


class ListJobResultJobList(msgspec.Struct, kw_only=True):
    """One task with its newest run; what belongs to the run is null while there is none. Durations are milliseconds."""

    id: str
    job_name: str
    job_creator: str
    user_id: str
    user_name: str
    nick_name: str
    project_id: str
    project_name: str
    last_build_time: int | None
    health_score: int
    source_code: str
    last_build_status: str
    last_job_running_status: str | None
    last_build_user: str | None
    last_build_user_id: str | None
    is_finished: bool
    disabled: bool
    favorite: bool
    is_modify: bool
    is_delete: bool
    is_view: bool
    is_execute: bool
    is_copy: bool
    is_forbidden: bool
    task_id: str | None
    code_branch: str | None
    commit_id: str | None
    trigger_type: str | None
    build_time: int | None
    scm_web_url: str | None
    scm_type: str | None
    repo_id: str | None
    commit_detail_url: str | None
    build_number: str | None
    forbidden_msg: str | None
    build_project_id: str
    build_type: str | None
    tag: str | None
    project_permission_switch: bool


class ListJobResult(msgspec.Struct, kw_only=True):
    total: int
    job_list: list[ListJobResultJobList]


class ListJobResponse(StatusEnvelope, kw_only=True):
    result: ListJobResult


class ListProjectJobsResponse(StatusEnvelope, kw_only=True):
    """Flat as the SDK reads it, and ``result`` as Terraform does."""

    result: ListJobResult
    jobs: list[ListJobResultJobList]
    total: int


class ShowJobListByProjectIdResponse(msgspec.Struct, kw_only=True):
    jobs: list[ListJobResultJobList]
    total: int


class ShowJobInfoResult(msgspec.Struct, kw_only=True):
    """``build_time`` and ``charge_time`` are decimal text in minutes, other times epoch milliseconds."""

    id: str
    project_id: str
    project_permission_switch: bool
    build_time: str
    charge_time: str
    create_time: int
    disabled: bool
    favorite: bool
    source_code: str
    running_status: str | None
    new_build: bool
    job_name: str
    is_copy: bool
    is_delete: bool
    is_execute: bool
    is_forbidden: bool
    is_manager: bool
    is_modify: bool
    is_view: bool
    last_build_status: str
    last_build_time: int | None
    health_score: int


class ShowJobInfoResponse(ResultEnvelope, kw_only=True):
    result: ShowJobInfoResult


def row(view: TaskView) -> ListJobResultJobList:
    """One row of a list."""
    task, latest = view.task, view.latest
    scm = source_of(task.definition)
    return ListJobResultJobList(
        id=task.id,
        job_name=task.name,
        # Terraform filters by creator_id with what it finds here.
        job_creator=task.creator_id,
        user_id=task.creator_id,
        user_name=task.creator_name,
        nick_name=task.creator_name,
        project_id=task.project_id,
        project_name=view.project_name,
        last_build_time=latest.created_at if latest else None,
        health_score=view.health,
        source_code="codeci",
        last_build_status=LIST_WORDS[latest.state] if latest else NEVER_BUILT,
        last_job_running_status=running_word(latest) if latest else None,
        last_build_user=latest.user_name if latest else None,
        last_build_user_id=latest.user_id if latest else None,
        is_finished=not is_unfinished(latest),
        disabled=task.disabled_at is not None,
        favorite=view.starred,
        is_modify=Action.MODIFY in view.actions,
        is_delete=Action.DELETE in view.actions,
        is_view=Action.VIEW in view.actions,
        is_execute=Action.EXECUTE in view.actions,
        is_copy=Action.COPY in view.actions,
        is_forbidden=Action.DISABLE in view.actions,
        task_id=f"#{latest.daily_number}" if latest else None,
        code_branch=latest.branch if latest else scm.branch,
        commit_id=latest.commit_id if latest else None,
        trigger_type=TRIGGER_WORDS.get(latest.trigger, latest.trigger) if latest else None,
        build_time=build_milliseconds(latest) if latest else None,
        scm_web_url=scm.web_url,
        scm_type=scm.scm_type,
        repo_id=str(scm.repo_id) if scm.repo_id is not None else None,
        commit_detail_url=None,
        build_number=str(latest.number) if latest else None,
        forbidden_msg=task.disabled_reason or None,
        build_project_id=task.build_project_id,
        build_type=latest.build_type if latest else scm.build_type,
        tag=latest.tag if latest else None,
        project_permission_switch=not task.own_permissions,
    )


def info(task: TaskStatus) -> ShowJobInfoResult:
    """The header of one task."""
    latest = task.latest
    minutes = f"{build_milliseconds(latest) / MINUTE_MS:.2f}" if latest else "0.00"
    return ShowJobInfoResult(
        id=task.id,
        project_id=task.project_id,
        project_permission_switch=task.follows_project,
        build_time=minutes,
        charge_time="0.00",
        create_time=task.created_at,
        disabled=task.disabled,
        favorite=task.starred,
        source_code="codeci",
        running_status=running_word(latest) if latest else None,
        new_build=latest is None,
        job_name=task.name,
        **flags(task.actions),
        last_build_status=INFO_WORDS[latest.state] if latest else NEVER_BUILT,
        last_build_time=latest.created_at if latest else None,
        health_score=task.health,
    )


def source_of(definition: dict[str, Any]) -> CreateBuildJobScm:
    """The task's source, all empty when it has none."""
    scms = msgspec.convert(definition, Definition).scms
    return scms[0] if scms else CreateBuildJobScm(url="")


def build_milliseconds(run: Run | BuildStatus | BriefRun) -> int:
    """How long a run has been executing: until now while it runs, 0 when it never began."""
    if run.started_at is None:
        return 0
    return max(0, (run.finished_at or epoch_ms()) - run.started_at)
