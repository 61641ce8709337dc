"""Noting that a merge request was checked, in the transaction that stores the result. Nobody waits for a forge."""

from collections.abc import Sequence

import msgspec
from sqlalchemy.orm import Session

from bottega.check.annotations.tables import CheckAnnotation
from bottega.check.scanning.plan import ScanResult
from bottega.check.scans import reading
from bottega.check.tasks.families import MERGE
from bottega.check.tasks.settings import MergeRequest
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.clock import epoch_ms
from bottega.forges.forge import Forge, forge_of
from bottega.runs.tables import Run

LONGEST_NUMBER = 18


class Outbox:
    """A hook of the storage of results."""

    def __init__(self, forges: Sequence[Forge]) -> None:
        self._forges = forges

    def stored(self, session: Session, task: CheckTask, scan: CheckScan, result: ScanResult) -> None:
        """The check of a task succeeded."""
        request = asked(session, task, scan)
        if request is None:
            return
        run = session.get(Run, scan.run_id)
        forge = None if run is None else forge_of(self._forges, run.source_url)
        if forge is None or not forge.annotations:
            return
        row = session.get(CheckAnnotation, task.id, with_for_update=True)
        if row is None:
            row = CheckAnnotation(task_id=task.id, version=0)
            session.add(row)
        row.host, row.scan_id, row.created_at = forge.host, scan.id, epoch_ms()
        row.lines = msgspec.to_builtins(result.changed)
        row.version, row.tries, row.error = row.version + 1, 0, ""
        row.next_try_at = row.created_at
        session.flush()


def asked(session: Session, task: CheckTask, scan: CheckScan) -> MergeRequest | None:
    """The merge request that was checked, if it has a number that forges know and its own branch was looked at."""
    if task.kind != MERGE or not scan.commit_id:
        return None
    request = reading.settings_for(session, task).merge_request
    if request is None or request.source_branch != scan.branch:
        return None
    number = request.merge_id
    known = number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER
    return request if known else None
