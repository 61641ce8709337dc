"""From the events of an attempt's journal to the columns of its run."""

from typing import Any

import msgspec

from bottega.runs.events import (
    AnyEvent,
    Finished,
    ReportedCoverage,
    ReportedTests,
    Source,
    Stage,
    Started,
    clean,
    figures,
    instant,
    name,
)
from bottega.runs.states import RunState
from bottega.runs.tables import Run

OUTCOMES = {
    "success": RunState.SUCCESS,
    "failure": RunState.FAILURE,
    "aborted": RunState.ABORTED,
    "timeout": RunState.TIMEOUT,
}
STAGE_OPEN = "running"


class Changes(msgspec.Struct):
    """Column values to write; ``ended`` when this attempt is over."""

    values: dict[str, Any]
    ended: bool = False


def apply_events(run: Run, events: list[AnyEvent], *, attempts_left: bool) -> Changes:
    """What ``events`` change in ``run``, which is RUNNING or STOPPING."""
    changes = Changes(values={})
    stages: list[dict[str, Any]] = [dict(stage) for stage in run.stages]
    for event in events:
        match event:
            case Started():
                changes.values |= {"sandbox": clean(event.sandbox, 128), "runnable_at": event.at}
            case Stage():
                _stage(stages, event, run)
            case Source():
                changes.values |= _source(run, event)
            case ReportedTests() | ReportedCoverage():
                # For the domains: see ReportHooks.
                pass
            case Finished():
                changes.values |= _end(run, event, stages, attempts_left=attempts_left)
                changes.ended = True
    changes.values["stages"] = stages
    return changes


def _stage(stages: list[dict[str, Any]], event: Stage, run: Run) -> None:
    stage = next((one for one in stages if one["key"] == event.key), None)
    if stage is None:
        hidden = {step["key"]: step["hidden"] for step in run.spec["steps"]}
        stage = {
            "key": name(event.key),
            "name": name(event.name),
            "started_at": event.at if event.state == STAGE_OPEN else None,
            "finished_at": None,
            "exit_code": None,
            "reason": "",
            "log_start": run.log_base + event.log,
            "log_end": None,
            "hidden": hidden.get(event.key, True),
        }
        stages.append(stage)
    stage["state"] = name(event.state)
    if event.state != STAGE_OPEN:
        stage |= {
            "finished_at": event.at,
            "exit_code": event.exit_code,
            "reason": clean(event.reason),
            "log_end": run.log_base + event.log,
        }


def _source(run: Run, event: Source) -> dict[str, Any]:
    values: dict[str, Any] = {
        "commit_message": clean(event.message),
        "commit_author": clean(event.author),
        "committed_at": instant(event.committed_at),
    }
    if not run.spec.get("steps_of"):
        values |= {
            # What a run was asked to build is not for its agent to say.
            "source_url": run.source_url or clean(event.url),
            "branch": name(event.branch),
            "tag": name(event.tag),
            "commit_id": clean(event.commit, 64),
        }
    # Steps that were read at a commit may check out other repositories too: the run stays one of that commit.
    elif event.commit != run.commit_id:
        return {}
    return {column: value for column, value in values.items() if value}


def _end(run: Run, event: Finished, stages: list[dict[str, Any]], *, attempts_left: bool) -> dict[str, Any]:
    values: dict[str, Any] = {
        "finished_at": event.at,
        "exit_code": event.exit_code,
        "usage": figures(event.usage),
        "reason": clean(event.reason),
    }
    state = OUTCOMES.get(event.outcome)
    if state is RunState.ABORTED and run.stop_user_name:
        values["reason"] = f"stopped by {run.stop_user_name}"
    if state is None:
        state = _without_outcome(run, event.outcome, stages, attempts_left=attempts_left)
    if state is RunState.QUEUED:
        values |= {"finished_at": None, "agent_id": None, "lease_token": None}
    values["state"] = state
    return values


def _without_outcome(
    run: Run, outcome: str, stages: list[dict[str, Any]], *, attempts_left: bool
) -> RunState:
    """The state after an attempt that came to no result of its own: the lease ended, or the host failed it."""
    if run.state == RunState.STOPPING:
        return RunState.ABORTED
    if outcome == "lease-expired":
        return RunState.QUEUED if attempts_left else RunState.LOST
    ran = any(stage["key"].startswith("stage") and stage["started_at"] for stage in stages)
    return RunState.FAILURE if ran else RunState.SCHEDULE_FAILURE
