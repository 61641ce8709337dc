"""The parts of the execution layer that need no broker, on both databases."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from bottega.iam.principal import Principal
from bottega.runs.agents import AgentRegistry
from bottega.runs.claims import Claims
from bottega.runs.leases import Leases
from bottega.runs.logs.live import LiveLogs
from bottega.runs.messages import ClaimedRun
from bottega.runs.recorder import Recorder
from bottega.runs.service import RunService
from bottega.runs.tables import Run
from bottega.settings import Settings, load
from bottega.store.database import Database
from bottega.store.secrets import SecretBox
from tests.support.databases import seed_tenant
from tests.support.runs import offer


class Layer(msgspec.Struct):
    """Everything, wired as the composition root does."""

    database: Database
    settings: Settings
    caller: Principal
    runs: RunService
    agents: AgentRegistry
    live: LiveLogs
    claims: Claims
    leases: Leases
    recorder: Recorder

    def claim(self, agent_id: str, **changes: Any) -> ClaimedRun:
        """Claim the next run; fails when there is none."""
        reply = self.claims.claim(agent_id, offer(**changes))
        assert reply.run is not None, reply.reason
        return reply.run

    def row(self, run_id: str) -> Run:
        """The run as the database has it now."""
        with self.database.read() as session:
            return session.get_one(Run, run_id)

    def end_lease(self, run_id: str) -> None:
        """Let the lease be over, as if its time had passed."""
        with self.database.write() as session:
            session.execute(update(Run).where(Run.id == run_id).values(lease_expires_at=1))


@pytest.fixture
def make_layer(tmp_path: Path) -> Callable[[Database], Layer]:
    def make(database: Database, **overrides: Any) -> Layer:
        settings = load(environment={}, overrides={"data_dir": str(tmp_path / "data"), **overrides})
        box = SecretBox(b"k" * 32)
        runs = RunService(database, box, settings.runs)
        live = LiveLogs(tmp_path / "logs")
        claims = Claims(
            database=database,
            settings=settings,
            runs=runs,
            git={},
            replica_id="replica",
            log_size=live.size,
        )
        return Layer(
            database=database,
            settings=settings,
            caller=seed_tenant(database),
            runs=runs,
            agents=AgentRegistry(database, box),
            live=live,
            claims=claims,
            leases=Leases(database, settings.runs, runs),
            recorder=Recorder(database, live, settings.runs, runs.final, runs.reported),
        )

    return make


@pytest.fixture
def layer(make_layer: Callable[[Database], Layer], database: Database) -> Layer:
    """The layer on SQLite and on PostgreSQL."""
    return make_layer(database)


@pytest.fixture
def agent_id(layer: Layer) -> str:
    """An enrolled agent of the default pool."""
    return layer.agents.enrol("one", "default", "nats://localhost").agent_id
