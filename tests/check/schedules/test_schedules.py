"""Checks by the clock: what can be said of it, when they begin, as whom, and what becomes of times that were missed."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from bottega.check.errors import UnknownTask
from bottega.check.schedules.choice import Schedule
from bottega.check.schedules.service import GRACE_MS, CheckSchedules
from bottega.check.schedules.tables import CheckSchedule
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.check.triggers.tables import CheckTrigger
from bottega.clock import epoch_ms
from bottega.errors import Forbidden, Invalid
from bottega.iam.standing import principal_of
from bottega.ids import new_hex
from bottega.runs.tables import Run
from tests.build.harness import Server, end_run
from tests.build.permissions.people import LOOKER, colleague
from tests.check.scans.checks import new_task, scans_of

URL = "https://git.example.com/group/project.git"
NIGHTLY = "30 2 * * *"


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


def put(server: Server, task_id: str, **body: Any) -> Any:
    return server.http.put(f"/v1/tasks/{task_id}/taskcron", json=body)


def shown(server: Server, task_id: str) -> dict[str, Any]:
    answer = server.http.get(f"/v1/tasks/{task_id}/taskcron")
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def due_since(server: Server, task_id: str, ms: int) -> None:
    """The time of a task's schedule came so long ago."""
    with server.services.database.write() as session:
        session.execute(
            update(CheckSchedule).where(CheckSchedule.task_id == task_id).values(next_at=epoch_ms() - ms)
        )


def scan(server: Server) -> None:
    server.services.check_schedules.scan()
    server.services.check_triggers.scan()


@pytest.fixture
def task_id(server: Server, workshop: str) -> str:
    return new_task(server, workshop, URL)


def test_a_task_is_checked_when_its_time_has_come_and_once(server: Server, task_id: str) -> None:
    saved = put(server, task_id, enabled=True, crons=[NIGHTLY], timeZoneId="Asia/Shanghai")
    assert saved.status_code == 200, saved.text
    assert saved.json()["result"] == shown(server, task_id)
    assert shown(server, task_id)["nextTime"].endswith("T18:30:00Z")
    scan(server)
    assert scans_of(server, task_id) == []
    due_since(server, task_id, 1_000)
    scan(server)
    scan(server)
    (found,) = scans_of(server, task_id)
    assert (found.branch, found.user_name) == ("master", "admin")
    with server.services.database.read() as session:
        assert session.get_one(Run, found.run_id).trigger == "TIMER"
    assert shown(server, task_id)["nextTime"].endswith("T18:30:00Z")


def waiting(server: Server, task_id: str) -> list[str]:
    """Ids of what waits for a check of the task."""
    with server.services.database.read() as session:
        return list(session.scalars(select(CheckTrigger.id).where(CheckTrigger.task_id == task_id)))


def passed_on(server: Server, row: CheckSchedule) -> None:
    """As by a server that has read the row before others changed it."""
    with server.services.database.write() as session:
        CheckSchedules._pass_on(session, row, row.next_at or 0, epoch_ms())


def as_read(server: Server, task_id: str) -> CheckSchedule:
    with server.services.database.read() as session:
        return session.get_one(CheckSchedule, task_id)


def test_two_servers_take_a_time_once(server: Server, task_id: str) -> None:
    put(server, task_id, enabled=True, crons=[NIGHTLY])
    due_since(server, task_id, 1_000)
    row = as_read(server, task_id)
    passed_on(server, row)
    (taken,) = waiting(server, task_id)
    passed_on(server, row)
    assert waiting(server, task_id) == [taken]
    server.services.check_triggers.scan()
    passed_on(server, row)
    assert waiting(server, task_id) == []


def test_a_time_that_somebody_else_saved_meanwhile_is_not_taken(server: Server, task_id: str) -> None:
    put(server, task_id, enabled=True, crons=[NIGHTLY])
    due_since(server, task_id, 1_000)
    row = as_read(server, task_id)
    carol = colleague(server.services.database, server.callers["alice"], "carol")
    server.services.check_schedules.save(carol, task_id, Schedule(on=True, crons=(NIGHTLY,)))
    with server.services.database.write() as session:
        session.execute(
            update(CheckSchedule).where(CheckSchedule.task_id == task_id).values(next_at=row.next_at)
        )
    passed_on(server, row)
    assert waiting(server, task_id) == []


def test_a_check_by_the_clock_has_the_rights_of_who_saved_the_schedule(server: Server, task_id: str) -> None:
    services, alice = server.services, server.callers["alice"]
    carol = services.iam.users.add(alice.tenant_id, "carol", new_hex())
    services.iam.groups.add(alice.tenant_id, "runners", ["modify", "execute"])
    services.iam.groups.grant(alice.tenant_id, "runners", "carol")
    with services.database.read() as session:
        saver = principal_of(session, alice.tenant_id, carol.id)
    services.check_schedules.save(saver, task_id, Schedule(on=True, crons=(NIGHTLY,)))
    due_since(server, task_id, 1_000)
    scan(server)
    (found,) = scans_of(server, task_id)
    assert found.user_name == "carol"
    end_run(services.database, found.run_id, "ABORTED")
    with services.database.write() as session:
        session.execute(update(CheckScan).where(CheckScan.id == found.id).values(state="aborted"))
    services.iam.groups.withdraw(alice.tenant_id, "runners", "carol")
    due_since(server, task_id, 1_000)
    scan(server)
    assert (len(scans_of(server, task_id)), waiting(server, task_id)) == (1, [])


def test_who_made_the_task_of_a_branch_does_not_say_when_its_family_is_checked(
    server: Server, task_id: str, workshop: str
) -> None:
    database, alice = server.services.database, server.callers["alice"]
    looker = colleague(database, alice, "looker", LOOKER)
    branch = new_task(
        server, workshop, URL, branch="dev", parent_id=task_id, creator_id=looker.user_id, kind="branch"
    )
    before = shown(server, task_id)
    for one in (branch, task_id):
        with pytest.raises(Forbidden):
            server.services.check_schedules.save(looker, one, Schedule(on=True, crons=(NIGHTLY,)))
    assert shown(server, task_id) == before


def test_a_time_that_was_missed_for_long_is_not_made_up_for(server: Server, task_id: str) -> None:
    put(server, task_id, enabled=True, crons=[NIGHTLY])
    due_since(server, task_id, GRACE_MS + 1_000)
    scan(server)
    assert scans_of(server, task_id) == []
    assert shown(server, task_id)["nextTime"] is not None


def test_a_zone_that_the_machine_does_not_know_any_more_is_in_nobodys_way(
    server: Server, task_id: str, workshop: str
) -> None:
    other = new_task(server, workshop, URL)
    for one in (task_id, other):
        put(server, one, enabled=True, crons=[NIGHTLY])
    with server.services.database.write() as session:
        mine = CheckSchedule.task_id == task_id
        session.execute(update(CheckSchedule).where(mine).values(zone="Mars/Olympus"))
    due_since(server, task_id, 2_000)
    due_since(server, other, 1_000)
    scan(server)
    assert [len(scans_of(server, one)) for one in (task_id, other)] == [1, 1]
    assert as_read(server, task_id).next_at is None


def test_a_schedule_that_is_off_or_of_a_deleted_task_starts_nothing(server: Server, task_id: str) -> None:
    put(server, task_id, enabled=True, crons=[NIGHTLY])
    off = put(server, task_id, enabled=False, crons=[NIGHTLY]).json()["result"]
    assert (off["enabled"], off["crons"], off["nextTime"]) == (False, [NIGHTLY], None)
    put(server, task_id, enabled=True, crons=[NIGHTLY])
    due_since(server, task_id, 1_000)
    with server.services.database.write() as session:
        session.execute(update(CheckTask).where(CheckTask.id == task_id).values(deleted_at=epoch_ms()))
    scan(server)
    assert scans_of(server, task_id) == []


def test_another_tenant_cannot_say_when_a_task_is_checked(server: Server, task_id: str) -> None:
    before = shown(server, task_id)
    with pytest.raises(UnknownTask):
        server.services.check_schedules.save(
            server.callers["bob"], task_id, Schedule(on=True, crons=(NIGHTLY,))
        )
    assert shown(server, task_id) == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"enabled": True, "crons": ["61 * * * *"]}, "crons[0]"),
        ({"enabled": True, "crons": [NIGHTLY, "sometimes"]}, "crons[1]"),
        ({"enabled": True, "crons": ["*/4 2 * * *"]}, "crons[0]"),
        ({"enabled": True, "crons": [NIGHTLY, "33 2 * * 1"]}, "crons[1]"),
        ({"enabled": True, "crons": ["58 23,0 * * *", "2 0 * * *"]}, "crons[1]"),
        ({"enabled": True}, "crons"),
        ({"enabled": True, "crons": [NIGHTLY] * 11}, "crons"),
        ({"enabled": True, "crons": [NIGHTLY], "timeZoneId": "Mars/Olympus"}, "timeZoneId"),
        ({"enabled": False, "timeZoneId": "x" * 100}, "timeZoneId"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_and_changes_nothing(
    server: Server, task_id: str, body: dict[str, Any], field: str
) -> None:
    put(server, task_id, enabled=True, crons=[NIGHTLY])
    before = shown(server, task_id)
    refused = put(server, task_id, **body)
    assert (refused.status_code, refused.json()["error_msg"].startswith(field)) == (400, True), refused.text
    assert shown(server, task_id) == before


def test_times_five_minutes_apart_are_taken() -> None:
    Schedule(on=True, crons=("*/5 * * * *",)).check()
    Schedule(on=True, crons=("0 2 * * *", "5 2 * * *")).check()
    with pytest.raises(Invalid):
        Schedule(on=True, crons=("0 2 * * *", "4 2 * * *")).check()


def test_the_same_expression_twice_is_one_time() -> None:
    Schedule(on=True, crons=(NIGHTLY, NIGHTLY)).check()
