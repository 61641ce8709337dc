"""Figures that agents report are kept with the build they belong to."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bottega.build.reports.recording import tests_reported as record
from bottega.build.reports.service import ReportService
from bottega.build.service import BuildService
from bottega.iam.principal import Principal
from bottega.runs.events import ReportedTests
from bottega.runs.tables import Run
from bottega.store.objects import open_objects
from tests.build.statistics.histories import past_runs, past_task

FIGURES = {"success": 4, "failures": 1, "errors": 0, "others": 2, "execution_ms": 381}


@pytest.fixture
def reports(builds: BuildService, tmp_path: Path) -> ReportService:
    return ReportService(builds.database, open_objects("", tmp_path / "objects", {}))


@pytest.fixture
def task_id(builds: BuildService, alice: Principal, project_id: str) -> str:
    return past_task(builds, alice, project_id)


@pytest.fixture
def tell(builds: BuildService, alice: Principal, task_id: str) -> Callable[..., None]:
    """Report the tests of stage1 of build 1."""
    spec = {"steps": [{"key": "stage1"}]}
    (run_id,) = past_runs(builds.database, alice, task_id, [{"spec": spec}])

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
