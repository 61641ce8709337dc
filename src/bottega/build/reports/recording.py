"""Keeping the figures of tests and coverage, in the transaction of whoever has them."""

import msgspec
import structlog
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from bottega.build import kinds
from bottega.build.reports.archives import root_id
from bottega.build.reports.errors import ReportUnreadable
from bottega.build.reports.figures import KINDS, Counter, Coverage, UnitTests, check_coverage, check_tests
from bottega.build.reports.tables import CoverageReport, UnitTestReport
from bottega.clock import epoch_ms
from bottega.runs.events import ReportedCoverage, ReportedTests
from bottega.runs.tables import Run

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
    """The same for coverage; there is no archive yet."""
    session.merge(
        CoverageReport(
            run_id=run.id,
            stage=stage,
            tenant_id=run.tenant_id,
            root_id=root_id(run.id, stage),
            counters=msgspec.to_builtins(coverage),
            archive_bytes=0,
            created_at=epoch_ms(),
        )
    )


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
    counted = {kind: getattr(reported, kind) for kind in KINDS}
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
    """Registered too: nothing is shown of what a lost attempt reported.

    Coverage keeps its row, because an archive in the object store may be known by it alone.
    """
    session.execute(delete(UnitTestReport).where(UnitTestReport.run_id == run.id))
    session.execute(
        update(CoverageReport).where(CoverageReport.run_id == run.id).values(root_id=OF_LOST_ATTEMPT)
    )
