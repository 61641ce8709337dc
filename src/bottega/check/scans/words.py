"""What is said of checks, in the log of their run and beside their commit."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.check.gates.gate import FAILED, NAMES
from bottega.check.scans.compiling import is_incremental
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.runs.tables import Run
from bottega.runs.words import RunWords


def counts_of(scan: CheckScan) -> str:
    """How many issues are open, in words; empty before they were counted."""
    shown = ", ".join(f"{count} {name}" for count, name in zip(scan.counts, NAMES, strict=False))
    return f"{sum(scan.counts)} open issues ({shown})" if scan.counts else ""


def words_of(session: Session, run: Run) -> RunWords:
    """How a run of a check is spoken of. One whose gate failed has failed for all who look at the commit."""
    scan = session.scalars(select(CheckScan).where(CheckScan.run_id == run.id)).one_or_none()
    task = None if scan is None else session.get(CheckTask, scan.task_id)
    # Of a merge request other issues are told than of its branch, at the same commit.
    of_request = task is not None and is_incremental(task)
    faults = scan.gate_faults if scan is not None and scan.gate == FAILED else []
    return RunWords(
        called=f"Check {run.number}",
        context=f"bottega/check/{run.task_name}{'/merge-request' if of_request else ''}",
        path=f"/v2/tasks/{run.task_id}/defects-summary",
        found="" if scan is None else counts_of(scan),
        failed=f"quality gate: {', '.join(faults)}" if faults else "",
    )
