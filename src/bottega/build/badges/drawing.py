"""What the badge of a build says, and in which colour."""

from collections.abc import Mapping
from enum import StrEnum

from bottega.badges import drawing
from bottega.runs.states import RunState


class BadgeState(StrEnum):
    """The word on the right."""

    PASSING = "passing"
    FAILING = "failing"
    RUNNING = "running"
    ABORTED = "aborted"
    UNKNOWN = "unknown"


STATES: Mapping[RunState, BadgeState] = {
    RunState.QUEUED: BadgeState.RUNNING,
    RunState.RUNNING: BadgeState.RUNNING,
    RunState.STOPPING: BadgeState.RUNNING,
    RunState.SUCCESS: BadgeState.PASSING,
    RunState.FAILURE: BadgeState.FAILING,
    RunState.TIMEOUT: BadgeState.FAILING,
    RunState.LOST: BadgeState.FAILING,
    RunState.SCHEDULE_FAILURE: BadgeState.FAILING,
    RunState.ABORTED: BadgeState.ABORTED,
}
"""A run that waits counts as running: it is on its way."""

_COLOURS: Mapping[BadgeState, str] = {
    BadgeState.PASSING: "#2e7d32",
    BadgeState.FAILING: "#c62828",
    BadgeState.RUNNING: "#1565c0",
    BadgeState.ABORTED: "#6d4c41",
    BadgeState.UNKNOWN: "#757575",
}


def draw(label: str, state: BadgeState) -> bytes:
    """The picture, as SVG."""
    return drawing.draw(label, state, _COLOURS[state])
