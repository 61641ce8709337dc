"""With a task go the reports of its builds, wherever they are kept."""

from sqlalchemy import func, select

from bottega.build.reports.figures import Counter, Coverage, UnitTests
from bottega.build.reports.tables import CoverageReport, UnitTestReport
from tests.build.harness import Server
from tests.build.statistics.histories import past_runs, past_task


def test_a_task_that_is_deleted_for_good_leaves_no_report(server: Server, workshop: str) -> None:
    services, alice = server.services, server.callers["alice"]
    tasks = [past_task(server.builds, alice, workshop) for _ in range(2)]
    for task_id in tasks:
        spec = {"steps": [{"key": "stage1"}]}
        (run_id,) = past_runs(services.database, alice, task_id, [{"spec": spec}])
        services.reports.store_tests(alice, run_id, "stage1", UnitTests(success=1))
        covered = Coverage(lines=Counter(covered=1, total=1))
        services.reports.store_coverage(alice, run_id, "stage1", covered, iter([b"PK"]))
    archives = services.settings.data / "objects" / "coverages" / alice.tenant_id
    assert len(list(archives.iterdir())) == 2
    assert server.http.delete(f"/v1/job/{tasks[0]}/delete").status_code == 200
    deleted = server.http.request("DELETE", "/v1/job/recycling-deletion", json={"job_ids": [tasks[0]]})
    assert deleted.status_code == 200, deleted.text
    assert len(list(archives.iterdir())) == 1
    with services.database.read() as session:
        for table in (UnitTestReport, CoverageReport):
            mine = select(func.count()).where(table.tenant_id == alice.tenant_id)
            assert session.scalar(mine) == 1
