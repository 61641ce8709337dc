"""The words each family has for the state of a check (reference, section 4.1)."""

from bottega.check.scans.states import ScanState

CHECKING, FAILED, SUCCESS, ABORTED = 0, 1, 2, 3

V2: dict[str, int] = {
    ScanState.WAITING: CHECKING,
    ScanState.RUNNING: CHECKING,
    ScanState.STORING: CHECKING,
    ScanState.FAILED: FAILED,
    ScanState.SUCCESS: SUCCESS,
    ScanState.ABORTED: ABORTED,
}
"""``task_status`` of v2."""

INFO: dict[str, str] = {
    ScanState.WAITING: "running",
    ScanState.RUNNING: "running",
    ScanState.STORING: "running",
    ScanState.SUCCESS: "success",
}
"""``info`` of v2; null for what is not here."""

V4: dict[str, str] = {
    ScanState.WAITING: "quering",
    ScanState.RUNNING: "running",
    ScanState.STORING: "running",
    ScanState.SUCCESS: "success",
    ScanState.FAILED: "failed",
    ScanState.ABORTED: "aborted",
}
"""``status`` of jobs in v4 and v1; the first word is spelled as the service spells it."""
