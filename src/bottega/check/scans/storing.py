"""Making issues of the results that have arrived, judging them, and letting go of what is not needed any more."""

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec
import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bottega.check.gates.gate import FAILED, PASSED, judge
from bottega.check.issues.marks import ScanMarks
from bottega.check.notices.outbox import scan_ended
from bottega.check.scanning.plan import ScanResult
from bottega.check.scans import reading, snapshots
from bottega.check.scans.decoding import METERS, decode
from bottega.check.scans.packing import Spoilt
from bottega.check.scans.receiving import KIND
from bottega.check.scans.states import ScanState
from bottega.check.tasks.settings import Gate
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.check.tracking.snapshots import FileSnapshot
from bottega.clock import epoch_ms
from bottega.errors import BottegaError, Unavailable
from bottega.ids import new_hex
from bottega.store.database import Database, DatabaseClosed
from bottega.store.objects import Objects
from bottega.transfers.doomed import doom
from bottega.transfers.tables import StoredObject

BATCH = 20
BROKEN = "the result cannot be stored: internal error ({name})"

log = structlog.get_logger(__name__)


class Issues(Protocol):
    """Who makes issues of findings."""

    def store(
        self,
        scan_id: str,
        result: ScanResult,
        before: Mapping[str, FileSnapshot],
        *,
        base: Mapping[str, FileSnapshot] | None = None,
    ) -> object:
        """In one write transaction, which fills ``counts``, ``figures``, ``coverage`` and ``engines`` of the scan.

        Doing it again changes nothing. Raises :class:`BottegaError` for what cannot be stored.
        """
        ...


GateOf = Callable[[Session, CheckTask], Gate]
"""The gate that holds for a task."""

OnResult = Callable[[Session, CheckTask, CheckScan, ScanResult], None]
"""Called in the transaction in which a scan succeeds; must be quick, and should never raise."""


class ScanStorage:
    """Level-triggered: every scan in the state ``storing`` is found by each pass until it is stored or refused."""

    def __init__(
        self,
        database: Database,
        objects: Objects,
        issues: Issues,
        gate_of: GateOf,
    ) -> None:
        self._database = database
        self._objects = objects
        self._issues = issues
        self._gate_of = gate_of
        self.on_result: list[OnResult] = []

    def scan(self) -> int:
        """Store all that has arrived; returns how many. What cannot be stored at present waits for the next pass."""
        count = 0
        after = 0
        while waiting := self._waiting(after):
            for scan_id, created_at in waiting:
                after = created_at
                with self._database.alone(f"storing {scan_id}") as free:
                    if free:
                        count += self._attempt(scan_id)
            if len(waiting) < BATCH:
                break
        return count

    def _waiting(self, after: int) -> list[tuple[str, int]]:
        query = (
            select(CheckScan.id, CheckScan.created_at)
            .where(CheckScan.state == ScanState.STORING, CheckScan.created_at > after)
            .order_by(CheckScan.created_at)
            .limit(BATCH)
        )
        with self._database.read() as session:
            return [(row.id, row.created_at) for row in session.execute(query)]

    def _attempt(self, scan_id: str) -> bool:
        try:
            self._store(scan_id)
        except (Unavailable, DatabaseClosed):
            raise
        except (Spoilt, BottegaError) as error:
            self._refuse(scan_id, f"the result cannot be stored: {error}")
        except FileNotFoundError:
            self._refuse(scan_id, "the result was lost before it was stored")
        except Exception as error:
            # A check that hangs would keep its task from ever being checked again.
            log.exception("result of a scan cannot be stored", scan_id=scan_id)
            self._refuse(scan_id, BROKEN.format(name=type(error).__name__))
        return True

    def _store(self, scan_id: str) -> None:
        with self._database.read() as session:
            scan = session.get(CheckScan, scan_id)
            if scan is None or scan.state != ScanState.STORING:
                return
            earlier = reading.before(session, scan)
            key = "" if earlier is None else earlier.snapshot_key
            default = reading.of_default_branch(session, scan) if earlier is None else None
            base_key = "" if default is None else default.snapshot_key
        marks = msgspec.convert(scan.engines, ScanMarks)
        engines = {name for names in marks.languages.values() for name in names}
        result = decode(self._objects.get(scan.upload_key), engines | METERS)
        before = snapshots.read(self._objects, key)
        # Only rules that judge changed code otherwise ask for it.
        asked = any(finding.within for finding in result.findings)
        base = snapshots.read(self._objects, base_key if asked else "")
        self._issues.store(scan_id, result, before, base=base)
        kept = self._keep_snapshot(scan, snapshots.packed(snapshots.taken(result, before)))
        self._finish(scan_id, result, kept)

    def _keep_snapshot(self, scan: CheckScan, content: bytes) -> StoredObject:
        name = new_hex()
        row = StoredObject(
            id=name,
            object_key=f"snapshots/{scan.tenant_id}/{name}",
            kind=snapshots.KIND,
            size=len(content),
            created_at=epoch_ms(),
        )
        with self._database.write() as session:
            session.add(row)
        self._objects.put(row.object_key, content)
        return row

    def _finish(self, scan_id: str, result: ScanResult, kept: StoredObject) -> None:
        now = epoch_ms()
        with self._database.write() as session:
            scan = session.get(CheckScan, scan_id, with_for_update=True)
            if scan is None or scan.state != ScanState.STORING:
                # Its task was deleted meanwhile; the snapshot goes with the sweep.
                session.execute(update(StoredObject).where(StoredObject.id == kept.id).values(doomed=True))
                return
            task = session.get_one(CheckTask, scan.task_id)
            gate = self._gate_of(session, task)
            faults = judge(gate, scan.counts, scan.coverage)
            doom(session, KIND, [scan.upload_key])
            session.execute(delete(StoredObject).where(StoredObject.id == kept.id))
            self._forget_older(session, scan)
            scan.state = ScanState.SUCCESS
            scan.upload_key, scan.snapshot_key = "", kept.object_key
            scan.commit_id = scan.commit_id or result.commit
            scan.gate, scan.gate_faults = FAILED if faults else PASSED, faults
            scan.finished_at = now
            task.last_checked_at = now
            scan_ended(session, scan, ScanState.SUCCESS)
            for take in self.on_result:
                take(session, task, scan, result)

    @staticmethod
    def _forget_older(session: Session, scan: CheckScan) -> None:
        """Only the newest snapshot of a task is ever asked for."""
        older = select(CheckScan).where(
            CheckScan.task_id == scan.task_id, CheckScan.snapshot_key != "", CheckScan.id != scan.id
        )
        for one in session.scalars(older):
            doom(session, snapshots.KIND, [one.snapshot_key])
            one.snapshot_key = ""

    def _refuse(self, scan_id: str, reason: str) -> None:
        with self._database.write() as session:
            scan = session.get(CheckScan, scan_id, with_for_update=True)
            if scan is None or scan.state != ScanState.STORING:
                return
            if scan.upload_key:
                doom(session, KIND, [scan.upload_key])
            scan.state, scan.reason, scan.upload_key = ScanState.FAILED, reason, ""
            scan.finished_at = epoch_ms()
            scan_ended(session, scan, ScanState.FAILED)
