"""Two control planes on one database, as load balancers and queue groups use them: now this one, now that."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import update

from bottega.app import Services
from bottega.errors import Unavailable
from bottega.iam.principal import Principal
from bottega.runs.messages import ClaimedRun, Holding, Report, Stored
from bottega.runs.states import RunState
from bottega.runs.tables import Run, TenantLimit
from bottega.settings import Settings
from bottega.store.database import Database
from tests.support.databases import seed_tenant
from tests.support.runs import new_run, offer, submit


class Pair:
    """Replicas ``one`` and ``two``, and an agent that speaks to both."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.caller: Principal = seed_tenant(database)
        self.one = self._replica(folder / "one")
        (folder / "two").mkdir()
        shutil.copy(folder / "one" / "master.key", folder / "two" / "master.key")
        self.two = self._replica(folder / "two")
        self.agent_id = self.one.agents.enrol("agent", "default", "nats://localhost").agent_id

    def _replica(self, folder: Path) -> Services:
        settings = Settings(data_dir=str(folder))
        settings.database.url = self.database.url.render_as_string(hide_password=False)
        return Services(settings)

    def claim(self, replica: Services) -> ClaimedRun:
        reply = replica.control._claims.claim(self.agent_id, offer())
        assert reply.run is not None, reply.reason
        return reply.run

    def report(self, replica: Services, claimed: ClaimedRun, offset: int, log: bytes) -> Stored:
        piece = Report(
            run_id=claimed.run_id,
            attempt=claimed.attempt,
            lease_token=claimed.lease_token,
            log_offset=offset,
            log=log,
            first_event=0,
            events=[],
        )
        return replica.control._recorder.store(self.agent_id, piece)

    def end_lease(self, run_id: str, reaper: Services) -> None:
        with self.database.write() as session:
            session.execute(update(Run).where(Run.id == run_id).values(lease_expires_at=1))
        reaper.control._reap()
        with self.database.read() as session:
            assert session.get_one(Run, run_id).state == RunState.QUEUED


@pytest.fixture
def pair(database: Database, tmp_path: Path) -> Iterator[Pair]:
    pair = Pair(database, tmp_path)
    yield pair
    for replica in (pair.one, pair.two):
        replica.live_logs.close()
        replica.close()


def test_an_attempt_that_another_replica_ended_adds_nothing_to_the_log_of_the_next(pair: Pair) -> None:
    submit(pair.one.runs, pair.database, new_run(pair.caller))
    first = pair.claim(pair.one)
    assert pair.report(pair.one, first, 0, b"one\n").log_size == 4
    pair.end_lease(first.run_id, pair.two)
    second = pair.claim(pair.one)
    # What its agent sent before it was frozen may arrive as late as this.
    assert pair.report(pair.one, first, 4, b"late, and longer than what follows\n").refused
    assert pair.report(pair.one, second, 0, b"two\n").log_size == 4
    assert pair.one.live_logs.read(first.run_id, 0, 100) == b"one\ntwo\n"


def test_a_stop_through_one_replica_is_told_to_the_agent_by_the_other(pair: Pair) -> None:
    run = submit(pair.one.runs, pair.database, new_run(pair.caller))
    claimed = pair.claim(pair.one)
    assert pair.two.runs.stop(pair.caller.tenant_id, run.id, "ada") == RunState.STOPPING
    holding = Holding(run_id=run.id, attempt=1, lease_token=claimed.lease_token)
    for replica in (pair.one, pair.two):
        (renewal,) = replica.control._leases.renew(pair.agent_id, offer(), [holding]) or []
        assert (renewal.held, renewal.stop, renewal.recorder_id) == (True, True, pair.one.replica_id)


def test_a_tenants_limits_hold_when_many_ask_at_once(pair: Pair) -> None:
    with pair.database.write() as session:
        session.add(TenantLimit(tenant_id=pair.caller.tenant_id, concurrency=2, queue=6))

    def queue(number: int) -> bool:
        try:
            submit((pair.one, pair.two)[number % 2].runs, pair.database, new_run(pair.caller, number + 1))
        except Unavailable:
            return False
        return True

    def claim(number: int) -> bool:
        reply = (pair.one, pair.two)[number % 2].control._claims.claim(pair.agent_id, offer())
        return reply.run is not None

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(queue, range(16))).count(True) == 6
        assert list(threads.map(claim, range(16))).count(True) == 2
