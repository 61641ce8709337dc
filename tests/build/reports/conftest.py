from pathlib import Path

import pytest

from bottega.build.reports.service import ReportService
from bottega.build.service import BuildService
from bottega.iam.principal import Principal
from bottega.store.objects import Objects, open_objects
from tests.build.statistics.histories import past_task


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return open_objects("", tmp_path / "objects", {})


@pytest.fixture
def reports(builds: BuildService, objects: Objects) -> ReportService:
    return ReportService(builds.database, objects)


@pytest.fixture
def task_id(builds: BuildService, alice: Principal, project_id: str) -> str:
    return past_task(builds, alice, project_id)
