"""Keeping the figures of tests, in the transaction of whoever has them."""

import msgspec
import structlog
from sqlalchemy.orm import Session

from bottega.build.reports.archives import root_id
from bottega.build.reports.errors import ReportUnreadable
from bottega.build.reports.figures import UnitTests, check_tests
from bottega.build.reports.tables import UnitTestReport
from bottega.clock import epoch_ms
from bottega.runs.events import ReportedTests
from bottega.runs.tables import Run

BUILD = "build"

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


def tests_reported(session: Session, run: Run, reported: ReportedTests) -> None:
    """Registered with the execution layer: an agent has counted the tests of a stage."""
    if run.kind != BUILD:
        return
    tests = UnitTests(**{name: getattr(reported, name) for name in UnitTests.__struct_fields__})
    try:
        check_tests(tests)
    except ReportUnreadable as error:
        log.warning("impossible test report", run_id=run.id, reason=error.reason)
        return
    keep_tests(session, run, reported.stage, tests)
