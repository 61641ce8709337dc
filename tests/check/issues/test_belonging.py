"""Issues are read and judged by way of their own task alone, and only with the right to do so."""

from collections.abc import Callable

import pytest
from sqlalchemy import update

from bottega.check.errors import UnknownScan
from bottega.check.issues.changing import IssueChanges
from bottega.check.issues.errors import UnknownIssue
from bottega.check.issues.filters import IssueFilter
from bottega.check.issues.rulebook import RuleBook
from bottega.check.issues.service import IssueService
from bottega.check.issues.states import IssueStatus
from bottega.check.tasks.tables import CheckTask
from bottega.clock import epoch_ms
from bottega.errors import Forbidden
from bottega.iam.principal import Principal
from bottega.ids import new_hex
from bottega.store.database import Database
from tests.build.permissions.people import LOOKER, WORKER, colleague
from tests.check.issues.looking import issues, say
from tests.check.making import Scans, finding, new_scan, new_task, result
from tests.support.databases import seed_project, seed_tenant

IGNORED = IssueStatus.IGNORED
ALL = IssueFilter()


@pytest.fixture
def reading(sqlite_database: Database) -> IssueService:
    return IssueService(sqlite_database, RuleBook())


@pytest.fixture
def changing(sqlite_database: Database) -> IssueChanges:
    return IssueChanges(sqlite_database)


@pytest.fixture
def elsewhere(sqlite_database: Database, alice: Principal) -> Scans:
    """A task of another project of the tenant, with an issue."""
    project_id = seed_project(sqlite_database, alice, "elsewhere")
    made = Scans(sqlite_database, new_task(sqlite_database, alice, project_id))
    made(result([finding()]))
    return made


def test_an_issue_of_another_task_is_none_of_this_one(
    scans: Scans, elsewhere: Scans, reading: IssueService, changing: IssueChanges, alice: Principal
) -> None:
    scans(result([finding()]))
    ((own,), (other,)) = issues(scans), issues(elsewhere)
    ways: list[Callable[[], object]] = [
        lambda: reading.issue(alice, scans.task_id, other.id),
        lambda: changing.say(alice, scans.task_id, [own.id, other.id], IGNORED),
        lambda: changing.hand_over(alice, scans.task_id, [own.id, other.id], alice.user_name),
    ]
    for way in ways:
        with pytest.raises(UnknownIssue):
            way()
    for made in (scans, elsewhere):
        (issue,) = issues(made)
        assert (issue.status, issue.owner) == (IssueStatus.OPEN, "")


def test_a_scan_leads_to_the_issues_of_its_own_family_only(
    scans: Scans, elsewhere: Scans, reading: IssueService, sqlite_database: Database, alice: Principal
) -> None:
    stranger = seed_tenant(sqlite_database, "stranger")
    theirs = new_task(sqlite_database, stranger, seed_project(sqlite_database, stranger))
    for task_id in (elsewhere.task_id, theirs):
        with pytest.raises(UnknownScan):
            reading.page(alice, scans.task_id, ALL, 0, 10, new_scan(sqlite_database, task_id))
    with pytest.raises(UnknownScan):
        reading.page(alice, scans.task_id, ALL, 0, 10, new_hex())


def test_the_scan_of_a_deleted_branch_leads_nowhere(
    scans: Scans, reading: IssueService, sqlite_database: Database, alice: Principal, project_id: str
) -> None:
    branch_id = new_task(sqlite_database, alice, project_id, parent_id=scans.task_id, branch="dev")
    Scans(sqlite_database, branch_id)(result([finding()]))
    scan_id = new_scan(sqlite_database, branch_id)
    assert reading.page(alice, scans.task_id, ALL, 0, 10, scan_id).total == 1
    with sqlite_database.write() as session:
        session.execute(update(CheckTask).where(CheckTask.id == branch_id).values(deleted_at=epoch_ms()))
    with pytest.raises(UnknownScan):
        reading.page(alice, scans.task_id, ALL, 0, 10, scan_id)


def test_who_may_only_look_judges_nothing(
    scans: Scans,
    reading: IssueService,
    changing: IssueChanges,
    sqlite_database: Database,
    alice: Principal,
) -> None:
    scans(result([finding()]))
    (issue,) = issues(scans)
    looker = colleague(sqlite_database, alice, "looker", LOOKER)
    nobody = colleague(sqlite_database, alice, "nobody", frozenset())
    worker = colleague(sqlite_database, alice, "worker", WORKER)
    assert reading.page(looker, scans.task_id, ALL, 0, 10).total == 1
    for user in (looker, nobody):
        with pytest.raises(Forbidden):
            changing.say(user, scans.task_id, [issue.id], IGNORED)
        with pytest.raises(Forbidden):
            changing.hand_over(user, scans.task_id, [issue.id], "looker")
    with pytest.raises(Forbidden):
        reading.page(nobody, scans.task_id, ALL, 0, 10)
    changing.say(worker, scans.task_id, [issue.id], IGNORED)
    assert issues(scans)[0].status == IGNORED


def test_what_another_tenant_has_ignored_is_open_here(
    scans: Scans, sqlite_database: Database, alice: Principal
) -> None:
    stranger = seed_tenant(sqlite_database, "stranger")
    theirs = Scans(
        sqlite_database, new_task(sqlite_database, stranger, seed_project(sqlite_database, stranger))
    )
    theirs(result([finding()]))
    (ignored,) = issues(theirs)
    say(sqlite_database, ignored.id, IGNORED, "theirs")
    scans(result([finding()]))
    (issue,) = issues(scans)
    assert (issue.status, issue.comment, issue.fingerprint) == (IssueStatus.OPEN, "", ignored.fingerprint)
