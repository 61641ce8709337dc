"""Requests and responses about running and stopping, named as in the contract, with both families' status words."""

import msgspec

from bottega.build.api.envelopes import ResultEnvelope, StatusEnvelope
from bottega.build.compile import RunChoices
from bottega.build.status import BuildStatus
from bottega.build.wire import BuildNumber, JobId, OptionalBuildNumber, RunJobRequestBody, Scm
from bottega.runs.states import ACTIVE, RunState
from bottega.runs.tables import Run

RUNNING_WORDS: dict[str, str] = {
    RunState.QUEUED: "InQueue",
    RunState.RUNNING: "Running",
    RunState.STOPPING: "Running",
}
"""``running_status``, ``last_job_running_status``, ``job_running_status``; every other state is ``Finished``."""

STEP_STATUS_WORDS: dict[str, tuple[str, str]] = {
    RunState.QUEUED: ("pending", ""),
    RunState.RUNNING: ("running", ""),
    RunState.STOPPING: ("running", ""),
    RunState.SUCCESS: ("success", ""),
    RunState.FAILURE: ("failure", ""),
    RunState.LOST: ("failure", ""),
    RunState.SCHEDULE_FAILURE: ("failure", ""),
    RunState.ABORTED: ("failure", "aborted"),
    RunState.TIMEOUT: ("failure", "timeout"),
}
"""``status`` and ``abort_status`` of ``GET /v1/job/{job_id}/status``."""

ARCH_LABELS = {"x86-64": "x86", "arm": "arm"}


class RunJobResult(msgspec.Struct, kw_only=True):
    octopus_job_name: str
    actual_build_number: str
    daily_build_number: str


class ExecuteJobResponse(StatusEnvelope, kw_only=True):
    """Flat as the SDK reads it, and ``result`` as Terraform does."""

    result: RunJobResult
    octopus_job_name: str
    actual_build_number: str
    daily_build_number: str


class RerunJobBody(msgspec.Struct, kw_only=True):
    """``failed_only``: jobs of a build flow that have succeeded are not run again."""

    failed_only: bool = False


class StopTheJobBody(msgspec.Struct, kw_only=True):
    """Terraform writes the number as text, the command line tool as a number, others send an empty object."""

    build_no: OptionalBuildNumber = None


class StopTheJobResponse(StatusEnvelope, kw_only=True):
    pass


class StopJobRequestBody(msgspec.Struct, kw_only=True):
    job_id: JobId
    build_no: BuildNumber


class StopJobResponse(msgspec.Struct, kw_only=True):
    result: bool


class StopBuildJobResponse(msgspec.Struct, kw_only=True):
    success: bool
    result: str


class ShowRunningStatusResult(msgspec.Struct, kw_only=True):
    """``last_build_no`` and ``last_build_status`` are null while the task was never built."""

    last_job_id: str
    last_build_no: str | None
    last_build_status: str | None
    is_running: bool


class ShowRunningStatusResponse(ResultEnvelope, kw_only=True):
    result: ShowRunningStatusResult


class JobStatusBody(msgspec.Struct, kw_only=True):
    status: str
    abort_status: str
    label: str


class ShowJobStepStatusResponse(ResultEnvelope, kw_only=True):
    result: JobStatusBody


class ShowJobStatusResponse(msgspec.Struct, kw_only=True):
    result: bool


def choices_of(body: RunJobRequestBody) -> RunChoices:
    """What an execute request chooses."""
    return RunChoices(parameters=body.parameter or [], scm=body.scm or Scm())


def accepted(run: Run) -> ExecuteJobResponse:
    """The answer to an execution."""
    result = RunJobResult(
        octopus_job_name=run.execution_id,
        actual_build_number=str(run.number),
        daily_build_number=run.daily_number,
    )
    return ExecuteJobResponse(
        result=result,
        octopus_job_name=result.octopus_job_name,
        actual_build_number=result.actual_build_number,
        daily_build_number=result.daily_build_number,
    )


def is_unfinished(run: Run | BuildStatus | None) -> bool:
    """Whether the run waits or runs."""
    return run is not None and (run.state in ACTIVE or run.state == RunState.QUEUED)


def running_word(run: Run | BuildStatus) -> str:
    """``InQueue``, ``Running`` or ``Finished``."""
    return RUNNING_WORDS.get(run.state, "Finished")


def running_status(job_id: str, latest: BuildStatus | None) -> ShowRunningStatusResult:
    """The newest run of a task in brief."""
    return ShowRunningStatusResult(
        last_job_id=job_id,
        last_build_no=str(latest.number) if latest else None,
        last_build_status=running_word(latest) if latest else None,
        is_running=is_unfinished(latest),
    )


def step_status(run: BuildStatus) -> JobStatusBody:
    """State of one run, and where it runs."""
    status, abort_status = STEP_STATUS_WORDS[run.state]
    return JobStatusBody(status=status, abort_status=abort_status, label=machine_label(run))


def machine_label(run: Run | BuildStatus) -> str:
    """``default-x86-2u8g``: what a run asks for."""
    return f"{run.pool}-{ARCH_LABELS.get(run.arch, run.arch)}-{run.flavor}"
