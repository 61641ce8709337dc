"""Both databases sort and count files by the same sizes."""

import pytest

from bottega.check.measures import files
from bottega.check.measures.files import MeasureFilter, Order, Part
from bottega.check.scanning.plan import FileMetrics
from bottega.iam.principal import Principal
from bottega.store.database import Database
from tests.check.making import Scans, new_task, result, scanned


@pytest.fixture
def task_id(database: Database, alice: Principal, project_id: str) -> str:
    task_id = new_task(database, alice, project_id)
    found = [
        scanned(f"{name}.py", metrics=FileMetrics(code=code, functions=2, complexity=complexity))
        for name, code, complexity in (("a", 10, 11), ("b", 0, 10), ("c", 10, 0))
    ]
    Scans(database, task_id)(result(files=[*found, scanned("none.svg", metrics=None)]))
    return task_id


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("part", Part)
def test_every_part_is_read_in_every_order(
    database: Database, task_id: str, order: Order, part: Part
) -> None:
    expected = {Part.COMPLEX: ["a"], Part.SIMPLE: ["b", "c"], Part.DUPLICATED: []}.get(part, ["a", "b", "c"])
    with database.read() as session:
        where = MeasureFilter(part=part, order=order)
        found, total = files.page(session, task_id, where, 0, 10)
        assert files.totals(session, task_id, "") == files.Totals(
            complex=1, simple=2, duplicated=0, own=3, comments=0.0
        )
    assert ([one.path[0] for one in found], total) == (expected, len(expected))
