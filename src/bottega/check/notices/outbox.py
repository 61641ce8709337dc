"""Noting how a check ended, in the transaction in which it ends."""

from sqlalchemy.orm import Session

from bottega.check.gates.gate import FAILED as GATE_FAILED
from bottega.check.kinds import CHECK
from bottega.check.notices.events import CheckEvent
from bottega.check.scans.states import ScanState
from bottega.check.tasks.tables import CheckScan
from bottega.notify.outbox import Happening, remember

SCAN = "scan"
"""Where the facts of an event have the id of the check."""


def scan_ended(session: Session, scan: CheckScan, state: ScanState) -> None:
    """The check has just come to this end. ABORTED is told to nobody: somebody stopped it and knows."""
    if state is ScanState.ABORTED:
        return
    event = CheckEvent.FAILED
    if state is ScanState.SUCCESS:
        event = CheckEvent.GATE_FAILED if scan.gate == GATE_FAILED else CheckEvent.ENDED
    happened = Happening(
        tenant_id=scan.tenant_id,
        kind=CHECK,
        event=event,
        task_id=scan.task_id,
        facts={SCAN: scan.id},
    )
    remember(session, [happened])
