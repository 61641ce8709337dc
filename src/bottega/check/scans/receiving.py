"""Taking in the results of scans, to be stored soon after."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import event, update
from sqlalchemy.orm import Session

from bottega.agent.runner.transfers import SCAN, SCAN_BYTES
from bottega.check.errors import UnknownScan
from bottega.check.notices.outbox import scan_ended
from bottega.check.scans.states import ScanState
from bottega.check.tasks.tables import CheckScan
from bottega.clock import epoch_ms
from bottega.errors import Conflict, Invalid
from bottega.runs.tables import Run
from bottega.transfers.doomed import doom
from bottega.transfers.service import Received

KIND = SCAN
LONGEST_REASON = 500


class ScanReceiver:
    """Registered with the transfers for uploads of the kind "scan"."""

    def __init__(self) -> None:
        self.arrived: Callable[[], None] = lambda: None
        """Called when there is something to be stored; a periodic scan repairs what nobody heard."""

    def admit(self, session: Session, run: Run, details: Mapping[str, Any], size: int) -> dict[str, Any]:
        """Refuse what would not be kept. Raises :class:`Invalid`, :class:`UnknownScan`, :class:`Conflict`."""
        scan_id, reason = details.get("scan"), details.get("reason")
        if not isinstance(scan_id, str) or not isinstance(reason, str):
            raise Invalid("details", "must name a scan and a reason")
        reason = reason.replace("\0", "")[:LONGEST_REASON]
        if (size == 0) != bool(reason) or size > SCAN_BYTES:
            raise Invalid("size", f"must be from 1 to {SCAN_BYTES}, or 0 with a reason")
        self._running(session, run, scan_id)
        return {"scan": scan_id, "reason": reason}

    def keep(
        self, session: Session, run: Run, details: Mapping[str, Any], received: Received
    ) -> dict[str, Any]:
        """Note that the result is here; or, with a reason, that there will be none. The answer has ``sha256``."""
        scan = self._running(session, run, details["scan"])
        values: dict[str, Any]
        if details["reason"]:
            doom(session, KIND, [received.key])
            values = {
                "state": ScanState.FAILED,
                "reason": details["reason"],
                "finished_at": epoch_ms(),
            }
        else:
            values = {"state": ScanState.STORING, "upload_key": received.key, "commit_id": run.commit_id}
            event.listen(session, "after_commit", self._tell, once=True)
        kept = (
            update(CheckScan)
            .where(CheckScan.id == scan.id, CheckScan.state == ScanState.RUNNING)
            .values(**values)
            .returning(CheckScan.id)
        )
        if session.execute(kept).one_or_none() is not None and details["reason"]:
            scan_ended(session, scan, ScanState.FAILED)
        return {"sha256": received.sha256}

    def _tell(self, _session: Session) -> None:
        self.arrived()

    @staticmethod
    def _running(session: Session, run: Run, scan_id: str) -> CheckScan:
        scan = session.get(CheckScan, scan_id)
        if scan is None or scan.run_id != run.id:
            raise UnknownScan(scan_id)
        if scan.state != ScanState.RUNNING:
            raise Conflict(f"the scan is {scan.state}")
        return scan
