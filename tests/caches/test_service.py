"""Which caches are kept and who is given them, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from bottega.caches.for_runs import CachesForRuns
from bottega.caches.forgetting import MOST_KEYS, forget, forget_task
from bottega.caches.housekeeping import DAY_MS, CacheHousekeeping
from bottega.caches.receiving import CacheReceiver
from bottega.caches.tables import DependencyCache
from bottega.clock import epoch_ms
from bottega.errors import Conflict, Invalid
from bottega.iam.principal import Principal
from bottega.runs.service import RunService
from bottega.runs.spec import RunSpec, StepSpec
from bottega.runs.tables import Run
from bottega.settings import CacheSettings, RunSettings
from bottega.store.database import Database
from bottega.store.objects import Objects, open_objects
from bottega.store.secrets import SecretBox
from bottega.transfers.errors import LeaseRefused
from bottega.transfers.service import Transfers
from bottega.transfers.wire import Lease
from tests.support.databases import seed_project, seed_tenant
from tests.support.runs import new_run, submit
from tests.support.waiting import eventually

TOKEN = "0123456789abcdef" * 2
PROJECT = {"BOTTEGA_CACHE_SCOPE": "project"}


def key(number: int) -> str:
    return f"{number:064x}"


class Caches:
    """The services of a server, with room for ``tenant_bytes``; times are counted by the test."""

    def __init__(self, database: Database, objects: Objects, folder: Path, tenant_bytes: int) -> None:
        self.database = database
        self.objects = objects
        settings = CacheSettings(max_bytes=60, tenant_bytes=tenant_bytes)
        self.runs = RunService(database, SecretBox.open(folder / "master.key"), RunSettings())
        self.transfers = Transfers(database, objects, lambda: "")
        self.transfers.register("cache", CacheReceiver(database, settings))
        self.for_runs = CachesForRuns(database, objects, settings)
        self._numbers = 0

    def run(self, caller: Principal, project_id: str, task_id: str, **env: str) -> Lease:
        """The lease of a run that goes on."""
        self._numbers += 1
        spec = RunSpec(
            timeout_seconds=60.0,
            network=False,
            opening="",
            env=env,
            steps=[StepSpec(key="s", name="S", action="sh")],
        )
        new = new_run(caller, self._numbers, project_id=project_id, task_id=task_id, spec=spec)
        run = submit(self.runs, self.database, new)
        lease = Lease(run_id=run.id, attempt=1, lease_token=TOKEN)
        self.change(lease, state="RUNNING", attempt=1, lease_token=TOKEN, lease_expires_at=2**50)
        return lease

    def change(self, lease: Lease, **values: Any) -> None:
        with self.database.write() as session:
            session.execute(update(Run).where(Run.id == lease.run_id).values(**values))

    def leave(self, lease: Lease, number: int, content: bytes = b"0123456789", **details: str) -> bool:
        given = {"tool": "maven", "key": key(number), **details}
        upload_id = self.transfers.announce(lease, "cache", given, len(content))
        return self.transfers.receive(lease, upload_id, iter([content]))["kept"]

    def ask(self, lease: Lease, number: int, tool: str = "maven") -> bytes:
        found = self.for_runs.best(lease, tool, key(number))
        content = None if found is None else self.for_runs.content(found)
        return b"" if content is None else b"".join(content)

    def used(self, number: int, at: int) -> None:
        self.change_cache(number, used_at=at)

    def change_cache(self, number: int, **values: Any) -> None:
        with self.database.write() as session:
            session.execute(
                update(DependencyCache).where(DependencyCache.key == key(number)).values(**values)
            )

    def rows(self) -> list[DependencyCache]:
        with self.database.read() as session:
            return list(session.scalars(select(DependencyCache).order_by(DependencyCache.key)))

    def keys(self) -> list[int]:
        return [int(row.key, 16) for row in self.rows()]

    def objects_left(self) -> int:
        self.transfers.sweeper.sweep()
        return len(self.objects.list("caches"))


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return open_objects("", tmp_path / "objects", {})


@pytest.fixture
def caches(database: Database, objects: Objects, tmp_path: Path) -> Caches:
    return Caches(database, objects, tmp_path, 100)


@pytest.fixture
def alice(database: Database) -> Principal:
    return seed_tenant(database, "first")


@pytest.fixture
def project_id(database: Database, alice: Principal) -> str:
    return seed_project(database, alice)


@pytest.fixture
def lease(caches: Caches, alice: Principal, project_id: str) -> Lease:
    return caches.run(alice, project_id, "1" * 32)


def test_a_run_is_given_the_cache_of_its_key_or_else_the_newest_of_its_tool(
    caches: Caches, lease: Lease
) -> None:
    assert caches.ask(lease, 1) == b""
    assert caches.leave(lease, 1, b"first")
    assert caches.leave(lease, 2, b"second")
    assert (caches.ask(lease, 1), caches.ask(lease, 2)) == (b"first", b"second")
    assert caches.ask(lease, 3) in {b"first", b"second"}
    caches.change_cache(1, created_at=2**50)
    assert caches.ask(lease, 3) == b"first"
    assert caches.ask(lease, 1, "npm") == b""


def test_what_was_used_longest_ago_goes_when_there_is_no_room_and_being_restored_is_use(
    caches: Caches, lease: Lease
) -> None:
    for number in (1, 2, 3):
        caches.leave(lease, number, b"x" * 30)
        caches.used(number, number)
    caches.ask(lease, 1)
    caches.leave(lease, 4, b"x" * 30)
    assert caches.keys() == [1, 3, 4]
    caches.leave(lease, 5, b"x" * 60)
    assert caches.keys() == [4, 5] or caches.keys() == [1, 5]
    assert caches.objects_left() == 2


def test_a_cache_that_is_too_large_or_no_cache_is_refused_before_it_is_sent(
    caches: Caches, lease: Lease
) -> None:
    with pytest.raises(Conflict, match="60 bytes, this one has 61"):
        caches.leave(lease, 1, b"x" * 61)
    wrong: list[dict[str, Any]] = [{"tool": "../x"}, {"tool": ""}, {"key": "x"}, {"key": "A" * 64}]
    for details in wrong:
        with pytest.raises(Invalid):
            caches.leave(lease, 1, **details)
    with pytest.raises(Invalid):
        caches.for_runs.best(lease, "maven", "x")


def test_who_comes_first_has_stored_a_key_and_only_what_was_unreadable_is_replaced(
    caches: Caches, lease: Lease
) -> None:
    upload_id = caches.transfers.announce(lease, "cache", {"tool": "maven", "key": key(1)}, 4)
    caches.leave(lease, 1, b"first")
    assert caches.transfers.receive(lease, upload_id, iter([b"late"]))["kept"] is False
    with pytest.raises(Conflict, match="meanwhile"):
        caches.leave(lease, 1, b"other")
    with pytest.raises(Conflict, match="meanwhile"):
        caches.leave(lease, 1, b"other", unreadable="f" * 32)
    (row,) = caches.rows()
    assert caches.leave(lease, 1, b"other", unreadable=row.id)
    assert caches.ask(lease, 1) == b"other"
    assert caches.objects_left() == 1


def test_tasks_share_caches_only_within_a_project_and_only_when_both_say_so(
    caches: Caches, alice: Principal, project_id: str, database: Database
) -> None:
    bob = seed_tenant(database, "second")
    shared = caches.run(alice, project_id, "1" * 32, **PROJECT)
    caches.leave(shared, 1, b"shared")
    assert caches.ask(caches.run(alice, project_id, "2" * 32, **PROJECT), 1) == b"shared"
    others = [
        caches.run(alice, project_id, "1" * 32),
        caches.run(alice, project_id, "2" * 32, BOTTEGA_CACHE_SCOPE="all"),
        caches.run(alice, seed_project(database, alice, "other"), "3" * 32, **PROJECT),
        caches.run(bob, seed_project(database, bob), "4" * 32, **PROJECT),
    ]
    assert [caches.ask(one, 1) for one in others] == [b""] * 4


def test_another_tenants_caches_are_neither_given_nor_make_room(
    caches: Caches, lease: Lease, database: Database
) -> None:
    bob = seed_tenant(database, "second")
    foreign = caches.run(bob, seed_project(database, bob), "2" * 32)
    caches.leave(foreign, 1, b"x" * 60)
    caches.used(1, 1)
    assert caches.ask(lease, 1) == b""
    for number in (2, 3):
        caches.leave(lease, number, b"x" * 60)
    assert caches.keys() == [1, 3]


def test_jobs_of_a_build_flow_have_the_caches_of_its_task(
    caches: Caches, alice: Principal, project_id: str, lease: Lease
) -> None:
    job = caches.run(alice, project_id, "5" * 32)
    caches.change(job, task_id=None, parent_run_id=lease.run_id)
    caches.leave(job, 1, b"of the flow")
    assert caches.ask(lease, 1) == b"of the flow"
    caches.change(job, parent_run_id=None)
    with pytest.raises(Conflict):
        caches.ask(job, 1)


def test_a_lease_that_is_over_is_given_nothing_and_leaves_nothing(caches: Caches, lease: Lease) -> None:
    caches.leave(lease, 1)
    upload_id = caches.transfers.announce(lease, "cache", {"tool": "maven", "key": key(2)}, 4)
    caches.change(lease, lease_token="f" * 32)
    with pytest.raises(LeaseRefused):
        caches.ask(lease, 1)
    with pytest.raises(LeaseRefused):
        caches.leave(lease, 3)
    with pytest.raises(LeaseRefused):
        caches.transfers.receive(lease, upload_id, iter([b"late"]))
    assert caches.keys() == [1]


def test_a_cache_whose_object_is_gone_is_forgotten(caches: Caches, lease: Lease) -> None:
    caches.leave(lease, 1)
    (row,) = caches.rows()
    caches.objects.delete(row.object_key)
    assert caches.ask(lease, 1) == b""
    assert caches.rows() == []


def test_only_so_many_keys_of_a_tool_are_kept(caches: Caches, lease: Lease) -> None:
    for number in range(MOST_KEYS + 2):
        caches.leave(lease, number, b"x")
        caches.used(number, number)
    assert caches.keys() == list(range(2, MOST_KEYS + 2))


def test_housekeeping_deletes_what_nobody_used_for_long_and_what_a_lower_limit_leaves_no_room_for(
    caches: Caches, lease: Lease
) -> None:
    for number in (1, 2, 3):
        caches.leave(lease, number, b"x" * 30)
        caches.used(number, epoch_ms() + number)
    caches.used(1, epoch_ms() - 31 * DAY_MS)
    assert CacheHousekeeping(caches.database, 0, 0).tidy() == 0
    assert CacheHousekeeping(caches.database, 30, 100).tidy() == 1
    assert CacheHousekeeping(caches.database, 30, 40).tidy() == 1
    assert caches.keys() == [3]
    assert caches.objects_left() == 1


def test_a_purged_tasks_caches_go_with_it(
    caches: Caches, lease: Lease, alice: Principal, project_id: str
) -> None:
    caches.leave(lease, 1)
    caches.leave(caches.run(alice, project_id, "2" * 32), 2)
    with caches.database.write() as session:
        forget_task(session, "1" * 32)
    assert caches.keys() == [2]
    assert caches.objects_left() == 1


def test_a_cache_that_is_deleted_while_it_is_looked_for_is_no_longer_given(
    postgres_url: str, objects: Objects, tmp_path: Path
) -> None:
    database = Database(postgres_url)
    with ThreadPoolExecutor(1) as thread:
        alice = seed_tenant(database)
        caches = Caches(database, objects, tmp_path, 100)
        lease = caches.run(alice, seed_project(database, alice), "1" * 32)
        caches.leave(lease, 1, b"older")
        caches.leave(lease, 2, b"newer")
        caches.change_cache(2, created_at=2**50)
        blocked = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        with database.write() as clearing:
            forget(clearing, clearing.scalars(select(DependencyCache).where(DependencyCache.key == key(2))))
            asked = thread.submit(caches.ask, lease, 2)
            eventually(lambda: clearing.scalar(blocked))
        assert asked.result() == b"older"
    database.close()
