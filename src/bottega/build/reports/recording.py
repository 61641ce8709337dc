"""Keeping the figures of tests and coverage, in the transaction of whoever has them."""

import msgspec
import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bottega.build import kinds
from bottega.build.actions.coverage_pages import KIND
from bottega.build.reports.archives import archive_key, root_id
from bottega.build.reports.errors import ReportUnreadable
from bottega.build.reports.figures import KINDS as COUNTED
from bottega.build.reports.figures import Counter, Coverage, UnitTests, check_coverage, check_tests
from bottega.build.reports.tables import CoverageReport, UnitTestReport
from bottega.clock import epoch_ms
from bottega.runs.events import ReportedCoverage, ReportedTests
from bottega.runs.tables import Run
from bottega.transfers.doomed import doom

OF_LOST_ATTEMPT = ""
"""As ``root_id``: clients do not see the report."""

log = structlog.get_logger(__name__)


def keep_tests(session: Session, run: Run, stage: str, tests: UnitTests) -> None:
    """Keep the figures of one stage in place of earlier ones."""
    session.merge(
        UnitTestReport(
            run_id=run.id,
            stage=stage,
            tenant_id=run.tenant_id,
            root_id=root_id(run.id, stage),
            created_at=epoch_ms(),
            **msgspec.structs.asdict(tests),
        )
    )


def keep_coverage(session: Session, run: Run, stage: str, coverage: Coverage) -> None:
    """The same for coverage. An archive of this attempt stays: it may come before the figures or after them."""
    row = _coverage_of(session, run, stage)
    row.counters = msgspec.to_builtins(coverage)
    row.created_at = epoch_ms()


def keep_archive(session: Session, run: Run, stage: str, root: str, size: int) -> None:
    """Keep the archive ``root`` for the stage, in place of an earlier one."""
    row = _coverage_of(session, run, stage)
    if row.archive_bytes:
        doom(session, KIND, [archive_key(row.tenant_id, row.root_id)])
    row.root_id = root
    row.archive_bytes = size
    row.created_at = epoch_ms()


def _coverage_of(session: Session, run: Run, stage: str) -> CoverageReport:
    row = session.get(CoverageReport, (run.id, stage))
    if row is None:
        row = CoverageReport(run_id=run.id, stage=stage, tenant_id=run.tenant_id, root_id=OF_LOST_ATTEMPT)
        session.add(row)
    if row.root_id == OF_LOST_ATTEMPT:
        row.root_id = root_id(run.id, stage)
        row.counters = {}
        row.archive_bytes = 0
    return row


def tests_reported(session: Session, run: Run, reported: ReportedTests) -> None:
    """Registered with the execution layer: an agent has counted the tests of a stage."""
    if run.kind not in kinds.KINDS:
        return
    tests = UnitTests(**{name: getattr(reported, name) for name in UnitTests.__struct_fields__})
    try:
        check_tests(tests)
    except ReportUnreadable as error:
        log.warning("impossible test report", run_id=run.id, reason=error.reason)
        return
    keep_tests(session, run, reported.stage, tests)


def coverage_reported(session: Session, run: Run, reported: ReportedCoverage) -> None:
    """Registered too: an agent has read what the tests of a stage covered."""
    if run.kind not in kinds.KINDS:
        return
    counted = {kind: getattr(reported, kind) for kind in COUNTED}
    coverage = Coverage(
        **{kind: Counter(covered=one.covered, total=one.total) for kind, one in counted.items() if one}
    )
    try:
        check_coverage(coverage)
    except ReportUnreadable as error:
        log.warning("impossible coverage report", run_id=run.id, reason=error.reason)
        return
    keep_coverage(session, run, reported.stage, coverage)


def begun_again(session: Session, run: Run) -> None:
    """Registered too: nothing is shown of what a lost attempt reported, and its archives are deleted."""
    session.execute(delete(UnitTestReport).where(UnitTestReport.run_id == run.id))
    rows = session.scalars(select(CoverageReport).where(CoverageReport.run_id == run.id)).all()
    doom(session, KIND, [archive_key(row.tenant_id, row.root_id) for row in rows if row.archive_bytes])
    for row in rows:
        row.root_id = OF_LOST_ATTEMPT
        row.archive_bytes = 0
