"""The states of a scan. Its run has states of its own; a scan follows them until its result has arrived."""

from enum import StrEnum

from bottega.runs.states import RunState


class ScanState(StrEnum):
    """``STORING``: the result is here and is being made into issues, whatever becomes of the run meanwhile."""

    WAITING = "waiting"
    RUNNING = "running"
    STORING = "storing"
    SUCCESS = "success"
    FAILED = "failed"
    ABORTED = "aborted"


ON_AGENT = frozenset({ScanState.WAITING, ScanState.RUNNING})
"""It ends with its run."""

UNFINISHED = ON_AGENT | {ScanState.STORING}
"""The task cannot be checked again yet."""


def ended_by(run: RunState) -> ScanState:
    """What a scan without a result becomes when its run has ended."""
    return ScanState.ABORTED if run is RunState.ABORTED else ScanState.FAILED
