"""The stages of a build record, keyed as the executor names them."""

from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from bottega.build.api import times
from bottega.build.api.envelopes import ResultEnvelope
from bottega.clock import epoch_ms
from bottega.runs.tables import Run

STAGE_WORDS: dict[str, tuple[str, int]] = {
    "running": ("RUNNING", 3),
    "success": ("SUCCESS", 5),
    "failure": ("FAILURE", 6),
    "timeout": ("TIMEOUT", 7),
    "aborted": ("ABORTED", 8),
    "skipped": ("SKIPPED", 10),
}
"""``status`` and ``status_code`` of a stage; numbers as for records, and one more for a stage that was left out."""


class BuildStageStep(msgspec.Struct, kw_only=True):
    """What a stage did, shown when steps are asked for."""

    name: str
    status: str
    exit_code: int | None
    err_msg: str | None


class BuildStageRecord(msgspec.Struct, kw_only=True, omit_defaults=True):
    """``sequence`` orders the stages from 1. Durations are milliseconds."""

    id: str
    status: str
    status_code: int
    log_status: str
    create_time: str | None
    schedule_time: str | None
    queued_time: str | None
    start_time: str | None
    finish_time: str | None
    duration: int
    build_duration: int
    pending_duration: int
    build_record_id: str
    execution_id: str
    execution_stage_name: str
    display_name: str
    node_id: int
    sequence: int
    steps: list[BuildStageStep] | None = None


class FullStagesResult(msgspec.Struct, kw_only=True):
    build_stages: dict[str, BuildStageRecord]


class ShowBuildRecordFullStagesResponse(ResultEnvelope, kw_only=True):
    result: FullStagesResult


def stages(run: Run, zone: ZoneInfo, *, with_steps: bool) -> dict[str, BuildStageRecord]:
    """All stages that were reached or left out, in order."""
    return {
        stage["key"]: _stage(run, stage, sequence, zone, with_steps=with_steps)
        for sequence, stage in enumerate(run.stages, 1)
    }


def stage_milliseconds(stage: dict[str, Any]) -> int:
    """How long a stage took, until now while it runs."""
    if not stage["started_at"]:
        return 0
    return max(0, (stage["finished_at"] or epoch_ms()) - stage["started_at"])


def _stage(
    run: Run, stage: dict[str, Any], sequence: int, zone: ZoneInfo, *, with_steps: bool
) -> BuildStageRecord:
    status, code = STAGE_WORDS[stage["state"]]
    started = times.compact(stage["started_at"], zone)
    step = BuildStageStep(
        name=stage["name"],
        status=status,
        exit_code=stage.get("exit_code"),
        err_msg=stage.get("reason") or None,
    )
    return BuildStageRecord(
        id=f"{run.id}-{stage['key']}",
        status=status,
        status_code=code,
        log_status="RUNNING" if stage["state"] == "running" else "FINISHED",
        create_time=started,
        schedule_time=started,
        queued_time=started,
        start_time=started,
        finish_time=times.compact(stage["finished_at"], zone),
        duration=stage_milliseconds(stage),
        build_duration=stage_milliseconds(stage),
        pending_duration=0,
        build_record_id=run.id,
        execution_id=run.execution_id,
        execution_stage_name=stage["key"],
        display_name=stage["name"],
        node_id=sequence,
        sequence=sequence,
        steps=[step] if with_steps else None,
    )
