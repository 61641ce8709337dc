"""Figures that agents report are kept with the build they belong to."""

from collections.abc import Callable
from typing import Any

import pytest

from bottega.build.reports.figures import Counter, Coverage
from bottega.build.reports.recording import begun_again, coverage_reported
from bottega.build.reports.recording import tests_reported as record
from bottega.build.reports.service import ReportService
from bottega.build.service import BuildService
from bottega.errors import NotFound
from bottega.iam.principal import Principal
from bottega.runs.events import ReportedCounter, ReportedCoverage, ReportedTests
from bottega.runs.tables import Run
from bottega.store.objects import Objects
from bottega.transfers.doomed import Sweeper
from tests.build.statistics.histories import past_runs

FIGURES = {"success": 4, "failures": 1, "errors": 0, "others": 2, "execution_ms": 381}


@pytest.fixture
def run_id(builds: BuildService, alice: Principal, task_id: str) -> str:
    """Build 1, with a stage1."""
    (run_id,) = past_runs(builds.database, alice, task_id, [{"spec": {"steps": [{"key": "stage1"}]}}])
    return run_id


@pytest.fixture
def tell(builds: BuildService, run_id: str) -> Callable[..., None]:
    """Report the tests of stage1 of build 1."""

    def tell(**figures: Any) -> None:
        with builds.database.write() as session:
            run = session.get_one(Run, run_id)
            run.kind = figures.pop("kind", "build")
            record(session, run, ReportedTests(seq=0, at=0, log=0, stage="stage1", **{**FIGURES, **figures}))
            run.kind = "build"

    return tell


def test_the_last_report_of_a_stage_counts(
    reports: ReportService, alice: Principal, task_id: str, tell: Callable[..., None]
) -> None:
    tell(success=9)
    tell()
    (stage,) = reports.tests(alice, task_id, 1)
    assert stage.stage == "stage1"
    assert {name: getattr(stage.tests, name) for name in FIGURES} == FIGURES


def test_figures_that_cannot_be_added_up_and_runs_that_are_no_builds_leave_nothing(
    reports: ReportService, alice: Principal, task_id: str, tell: Callable[..., None]
) -> None:
    tell(success=2**31 - 1, failures=2**31 - 1)
    tell(kind="check")
    assert reports.tests(alice, task_id, 1) == []


@pytest.fixture
def tell_coverage(builds: BuildService, run_id: str) -> Callable[..., None]:
    """Report what the tests of stage1 of build 1 covered."""

    def tell(kind: str = "build", **counters: ReportedCounter) -> None:
        with builds.database.write() as session:
            run = session.get_one(Run, run_id)
            run.kind = kind
            coverage_reported(session, run, ReportedCoverage(seq=0, at=0, log=0, stage="stage1", **counters))
            run.kind = "build"

    return tell


def test_the_last_coverage_of_a_stage_counts(
    reports: ReportService, alice: Principal, task_id: str, tell_coverage: Callable[..., None]
) -> None:
    tell_coverage(branches=ReportedCounter(covered=1, total=1))
    tell_coverage(lines=ReportedCounter(covered=2, total=3))
    # Neither replaces it.
    tell_coverage(lines=ReportedCounter(covered=4, total=3))
    tell_coverage(kind="check", lines=ReportedCounter(covered=3, total=3))
    (stage,) = reports.coverage(alice, task_id, 1)
    assert stage.coverage == Coverage(lines=Counter(covered=2, total=3))
    assert (stage.stage, stage.has_archive) == ("stage1", False)


def test_what_a_lost_attempt_reported_is_not_shown_when_the_next_one_reports_nothing(
    builds: BuildService,
    reports: ReportService,
    objects: Objects,
    alice: Principal,
    task_id: str,
    run_id: str,
    tell: Callable[..., None],
    tell_coverage: Callable[..., None],
) -> None:
    tell()
    covered = Coverage(lines=Counter(covered=2, total=3))
    reports.store_coverage(alice, run_id, "stage1", covered, iter([b"zip"]))
    (stage,) = reports.coverage(alice, task_id, 1)
    assert stage.has_archive
    with builds.database.write() as session:
        begun_again(session, session.get_one(Run, run_id))
    assert (reports.tests(alice, task_id, 1), reports.coverage(alice, task_id, 1)) == ([], [])
    with pytest.raises(NotFound):
        reports.archive(alice, task_id, 1, stage.root_id)
    assert Sweeper(builds.database, objects).sweep() == 1
    assert objects.list() == []
    tell_coverage(lines=ReportedCounter(covered=1, total=3))
    (again,) = reports.coverage(alice, task_id, 1)
    assert again.root_id not in {"", stage.root_id}
    assert (again.has_archive, again.coverage.lines) == (False, Counter(covered=1, total=3))
