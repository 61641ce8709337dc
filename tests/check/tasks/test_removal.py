import pytest
from sqlalchemy import select, update

from bottega.app import Services
from bottega.check.issues.tables import (
    CheckDuplicate,
    CheckFile,
    CheckIssue,
    CheckIssueCount,
    CheckIssueEvent,
)
from bottega.check.tasks import purging
from bottega.check.tasks.families import branch_task
from bottega.check.tasks.new import NewTask
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.errors import Forbidden
from bottega.iam.principal import Principal
from bottega.ids import new_hex
from bottega.projects.roles import DEVELOPER
from bottega.runs.tables import Run
from bottega.store.base import Base
from bottega.transfers.tables import StoredObject
from tests.build.harness import Server
from tests.check.tasks.harness import add_issue, add_run, add_scan

NEW = NewTask(git_url="git@git.example.com:group/shop.git", git_branch="main", languages=["python"])


def checked_task(services: Services, owner: Principal, project_id: str) -> tuple[str, str, str]:
    """A task with a branch, both with an issue and what a check leaves; its id, the branch's, the waiting run."""
    database = services.database
    task_id = services.check_tasks.create(owner, project_id, NEW).id
    with database.write() as session:
        branch_id = branch_task(session, session.get_one(CheckTask, task_id), "dev").id
    run_id = add_run(database, services.runs, owner, task_id, project_id)
    services.live_logs.append(run_id, 0, b"line\n")
    for one in (task_id, branch_id):
        keys = {"upload_key": f"scan/{new_hex()}", "snapshot_key": f"scan/{new_hex()}"}
        scan_id = add_scan(database, one, files=["a.py", "b/c.py"], run_id=run_id, **keys)
        add_issue(database, one, scan_id)
    with database.write() as session:
        session.add(CheckDuplicate(task_id=task_id, number=1, lines=9, places=[]))
    return task_id, branch_id, run_id


def rows_of(services: Services, *task_ids: str) -> dict[str, int]:
    """How many rows tables have of these tasks."""
    found: dict[str, int] = {}
    with services.database.read() as session:
        for table in Base.metadata.sorted_tables:
            column = table.c.get("task_id") if table.name.startswith("check_") else None
            column = table.c.id if table.name == CheckTask.__tablename__ else column
            if column is not None and (
                rows := session.execute(select(column).where(column.in_(task_ids))).all()
            ):
                found[table.name] = len(rows)
        of_tasks = select(CheckIssueEvent.id).join(CheckIssue, CheckIssue.id == CheckIssueEvent.issue_id)
        if events := session.execute(of_tasks.where(CheckIssue.task_id.in_(task_ids))).all():
            # Without its issue no event can be.
            found["check_issue_events"] = len(events)
        if runs := session.execute(select(Run.id).where(Run.task_id.in_(task_ids))).all():
            found["runs"] = len(runs)
    return found


def end(services: Services, run_id: str) -> None:
    with services.database.write() as session:
        session.execute(update(Run).where(Run.id == run_id).values(state="ABORTED"))


def test_nothing_is_left_of_a_deleted_task(server: Server, workshop: str) -> None:
    services, alice = server.services, server.callers["alice"]
    task_id, branch_id, run_id = checked_task(services, alice, workshop)
    kept = services.check_tasks.create(alice, workshop, NEW).id
    assert set(rows_of(services, task_id, branch_id)) == {
        one.__tablename__
        for one in (
            CheckTask,
            CheckScan,
            CheckIssue,
            CheckIssueCount,
            CheckIssueEvent,
            CheckFile,
            CheckDuplicate,
            Run,
        )
    }
    with services.database.read() as session:
        of_task = CheckScan.task_id.in_([task_id, branch_id])
        keys = set(session.scalars(select(CheckScan.snapshot_key).where(of_task)))
    assert len(keys) == 2
    services.check_removal.delete(alice, task_id)
    # Its check was queued, so that nothing of it is still running.
    assert rows_of(services, task_id, branch_id) == {}
    assert rows_of(services, kept) == {"check_tasks": 1}
    assert services.live_logs.size(run_id) == 0
    with services.database.read() as session:
        doomed = set(session.scalars(select(StoredObject.object_key).where(StoredObject.doomed.is_(True))))
    assert keys <= doomed


def test_a_task_whose_check_still_runs_is_gone_at_once_and_cleared_away_later(
    server: Server, workshop: str
) -> None:
    services, alice = server.services, server.callers["alice"]
    task_id, branch_id, run_id = checked_task(services, alice, workshop)
    with services.database.write() as session:
        session.execute(update(Run).where(Run.id == run_id).values(state="RUNNING", agent_id="a" * 32))
    assert server.http.delete(f"/v2/tasks/{task_id}").status_code == 200
    assert server.http.get(f"/v2/{workshop}/tasks").json()["total"] == 0
    assert server.http.delete(f"/v2/tasks/{branch_id}").status_code == 404
    with services.database.read() as session:
        assert session.get_one(Run, run_id).state == "STOPPING"
    assert set(rows_of(services, task_id, branch_id)) == {"check_tasks", "runs"}
    services.check_removal.sweep()
    assert set(rows_of(services, task_id, branch_id)) == {"check_tasks", "runs"}
    end(services, run_id)
    services.check_removal.sweep()
    assert rows_of(services, task_id, branch_id) == {}


def test_what_is_too_much_for_a_request_is_left_to_the_loop(
    server: Server, workshop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "ROWS_AT_ONCE", 1)
    services, alice = server.services, server.callers["alice"]
    task_id, branch_id, _ = checked_task(services, alice, workshop)
    services.check_removal.delete(alice, task_id)
    assert rows_of(services, task_id, branch_id)["check_tasks"] == 2
    services.check_removal.sweep()
    assert rows_of(services, task_id, branch_id) == {}


def test_a_branch_goes_alone(server: Server, workshop: str) -> None:
    services, alice = server.services, server.callers["alice"]
    task_id, branch_id, _ = checked_task(services, alice, workshop)
    services.check_removal.delete(alice, branch_id)
    assert rows_of(services, branch_id) == {}
    assert rows_of(services, task_id)["check_issues"] == 1


def test_a_project_takes_its_tasks_with_it(server: Server, workshop: str) -> None:
    services, alice = server.services, server.callers["alice"]
    task_id, branch_id, _ = checked_task(services, alice, workshop)
    services.projects.delete(alice, workshop)
    assert server.http.delete(f"/v2/tasks/{task_id}").status_code == 404
    services.check_removal.sweep()
    assert rows_of(services, task_id, branch_id) == {}


def test_developers_may_not_delete_what_others_made(server: Server, workshop: str) -> None:
    services, alice = server.services, server.callers["alice"]
    task_id = services.check_tasks.create(alice, workshop, NEW).id
    user = services.iam.users.add(alice.tenant_id, new_hex(), new_hex())
    services.members.add(alice, workshop, [(user.id, DEVELOPER)])
    developer = Principal(
        tenant_id=alice.tenant_id,
        tenant_name="",
        user_id=user.id,
        user_name=user.name,
        iam_project_id="",
        rights=frozenset(),
    )
    with pytest.raises(Forbidden):
        services.check_removal.delete(developer, task_id)
    own = services.check_tasks.create(developer, workshop, NEW).id
    services.check_removal.delete(developer, own)
    assert rows_of(services, task_id) == {"check_tasks": 1}
