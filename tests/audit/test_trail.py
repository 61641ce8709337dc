"""The audit trail: stored with what it tells of, read by administrators only, ended by retention."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import update

from bottega.app import Services
from bottega.audit import trail
from bottega.audit.events import AuditKind, AuditName
from bottega.audit.tables import AuditEvent
from bottega.audit.trail import AuditFilter, AuditTrail
from bottega.clock import epoch_ms
from bottega.errors import Forbidden, Invalid
from bottega.iam.principal import Principal, Right
from bottega.settings import Settings
from bottega.store.database import Database
from tests.build.harness import Server
from tests.support.databases import seed_tenant


@pytest.fixture
def alice(database: Database) -> Principal:
    return msgspec.structs.replace(seed_tenant(database, "first"), address="192.0.2.7")


def note(database: Database, who: Principal, count: int = 1, name: AuditName = AuditName.CREATE_JOB) -> None:
    for number in range(count):
        with database.write() as session:
            trail.record(session, who, name, AuditKind.JOB, f"id-{number}", f"task {number}", detail="why")


def test_an_event_says_who_did_what_to_which_thing_from_where(database: Database, alice: Principal) -> None:
    note(database, alice)
    [event] = AuditTrail(database).page(alice, AuditFilter(), 10)
    assert (event.name, event.user_name, event.address) == ("createJob", "admin", "192.0.2.7")
    assert (event.resource_type, event.resource_id, event.resource_name) == ("job", "id-0", "task 0")
    assert abs(event.at - epoch_ms()) < 60_000


def test_an_action_that_fails_leaves_no_event(database: Database, alice: Principal) -> None:
    with pytest.raises(RuntimeError), database.write() as session:
        trail.record(session, alice, AuditName.CREATE_JOB, AuditKind.JOB, "id")
        raise RuntimeError
    assert AuditTrail(database).page(alice, AuditFilter(), 10) == []


def test_pages_follow_each_other_without_gap_or_repeat(database: Database, alice: Principal) -> None:
    note(database, alice, 7)
    audit, seen, after = AuditTrail(database), list[str](), ""
    while page := audit.page(alice, AuditFilter(after=after), 3):
        seen += [event.resource_id for event in page]
        after = page[-1].id
    assert sorted(seen) == [f"id-{number}" for number in range(7)]


def test_events_are_chosen_by_name_thing_and_time(database: Database, alice: Principal) -> None:
    note(database, alice, 2)
    note(database, alice, 1, AuditName.DELETE_JOB)
    audit = AuditTrail(database)
    assert len(audit.page(alice, AuditFilter(name="deleteJob"), 10)) == 1
    assert len(audit.page(alice, AuditFilter(resource_id="id-0"), 10)) == 2
    assert audit.page(alice, AuditFilter(until=1), 10) == []
    assert audit.page(alice, AuditFilter(since=epoch_ms() + 60_000), 10) == []


def test_only_administrators_of_the_same_tenant_read_it(database: Database, alice: Principal) -> None:
    note(database, alice)
    audit = AuditTrail(database)
    with pytest.raises(Forbidden):
        audit.page(msgspec.structs.replace(alice, rights=frozenset({Right.VIEW})), AuditFilter(), 10)
    bob = seed_tenant(database, "second")
    assert audit.page(bob, AuditFilter(), 10) == []
    [event] = audit.page(alice, AuditFilter(), 10)
    with pytest.raises(Invalid):
        audit.page(bob, AuditFilter(after=event.id), 10)


def test_old_events_are_deleted_and_young_ones_stay(database: Database, alice: Principal) -> None:
    note(database, alice, 3)
    with database.write() as session:
        old = update(AuditEvent).where(AuditEvent.resource_id != "id-2")
        session.execute(old.values(at=epoch_ms() - 10 * trail.DAY_MS))
    audit = AuditTrail(database)
    assert audit.purge(0) == 0
    assert audit.purge(9) == 2
    assert [event.resource_id for event in audit.page(alice, AuditFilter(), 10)] == ["id-2"]


@pytest.fixture
def server(sqlite_url: str, tmp_path: Path) -> Iterator[Server]:
    settings = Settings(data_dir=str(tmp_path / "data"))
    settings.database.url = sqlite_url
    services = Services(settings)
    started = Server(services, {"alice": seed_tenant(services.database, "first")})
    yield started
    started.stop()


def test_traces_are_answered_in_the_form_of_the_trace_service(server: Server) -> None:
    note(server.services.database, server.callers["alice"], 3)
    path = f"/v3/{'0' * 32}/traces"
    answer = server.http.get(path, params={"limit": 2}).json()
    assert answer["meta_data"]["count"] == 2
    row = answer["traces"][0]
    assert (row["trace_name"], row["service_type"], row["user"]["name"]) == (
        "createJob",
        "CodeArtsBuild",
        "admin",
    )
    rest = server.http.get(path, params={"limit": 2, "next": answer["meta_data"]["marker"]}).json()
    assert (rest["meta_data"], len(rest["traces"])) == ({"count": 1, "marker": None}, 1)
    assert server.http.get(path, params={"service_type": "ECS"}).json()["traces"] == []
    assert server.http.get(path, params={"limit": 0}).status_code == 400
    assert server.http.get(path, params={"next": "nothing"}).status_code == 400
