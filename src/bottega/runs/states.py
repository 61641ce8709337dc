"""The one state machine of a run. Every transition is a conditional UPDATE that names the state it expects."""

from enum import StrEnum


class RunState(StrEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    ABORTED = "ABORTED"
    TIMEOUT = "TIMEOUT"
    LOST = "LOST"
    SCHEDULE_FAILURE = "SCHEDULE_FAILURE"


ACTIVE = frozenset({RunState.RUNNING, RunState.STOPPING})
"""An agent holds a lease for the run."""

FINAL = frozenset(RunState) - ACTIVE - {RunState.QUEUED}
"""Nothing changes the run any more."""

CONCLUSIVE = FINAL - {RunState.ABORTED}
"""The run came to a result of its own: one that somebody stopped says nothing about what was built."""

OUTCOMES = frozenset({RunState.SUCCESS, RunState.FAILURE, RunState.ABORTED, RunState.TIMEOUT})
"""What a runner may report."""

TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    # A queued run is claimed, stopped before it began, or cannot be prepared for any agent.
    RunState.QUEUED: frozenset({RunState.RUNNING, RunState.ABORTED, RunState.SCHEDULE_FAILURE}),
    # A running run ends as its runner reports; or its lease ends: it is queued for another attempt, or lost for good.
    RunState.RUNNING: OUTCOMES
    | {RunState.STOPPING, RunState.QUEUED, RunState.LOST, RunState.SCHEDULE_FAILURE},
    # Between the request to stop and the proof of death the steps may still have come to their own end.
    RunState.STOPPING: OUTCOMES,
    **{state: frozenset[RunState]() for state in FINAL},
}


def sources_of(target: RunState) -> frozenset[RunState]:
    """The states from which ``target`` may be reached in one step."""
    return frozenset(state for state, targets in TRANSITIONS.items() if target in targets)
