"""What depends on the data layer, on each database."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bottega.check.errors import UnknownReport
from bottega.check.issues.filters import IssueFilter
from bottega.check.issues.rulebook import RuleBook
from bottega.check.reports.export import IssueExport
from bottega.check.reports.importing import ImportService, Options
from bottega.check.reports.jobs import ReportJobs, forget_reports
from bottega.store.database import Database
from bottega.store.objects import open_objects
from tests.check.issues.looking import issues
from tests.check.making import Scans, finding, new_task
from tests.check.making import result as scan_result
from tests.check.reports.test_sarif_in import log, result
from tests.support.databases import seed_project, seed_tenant


def test_issues_are_imported_written_down_and_reported(database: Database, tmp_path: Path) -> None:
    caller = seed_tenant(database, "everywhere")
    task_id = new_task(database, caller, seed_project(database, caller))
    scans = Scans(database, task_id)
    scans(scan_result([finding()]))
    imports = ImportService(database)
    (first,) = imports.sarif(caller, task_id, log(result(), result(ruleId="R2")), Options())
    (second,) = imports.sarif(caller, task_id, log(result()), Options())
    assert (first.figures["new"], second.figures["fixed"]) == (2, 1)
    assert [one.status for one in issues(scans)] == [0, 0, 5]
    rules = RuleBook()
    table = b"".join(IssueExport(database, rules).csv(caller, task_id, IssueFilter(statuses=(0, 5))).pieces)
    assert len(table.splitlines()) == 4
    objects = open_objects("", tmp_path / "objects", {})
    jobs = ReportJobs(database, objects, rules, [], ZoneInfo("UTC"))
    job = jobs.ask(caller, task_id)
    assert jobs.ask(caller, task_id).id == job.id
    assert jobs.scan() == 1
    done = jobs.job(caller, task_id, job.id)
    assert jobs.fetch(caller, task_id, done.file).startswith(b"%PDF-")
    with pytest.raises(UnknownReport):
        jobs.fetch(caller, task_id, done.file)
    with database.write() as session:
        forget_reports(session, task_id)
    with pytest.raises(UnknownReport):
        jobs.job(caller, task_id, job.id)
