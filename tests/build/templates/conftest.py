"""A template service on each database, and one server for all tests of a module, with two new tenants for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bottega.app import Services, bring_schema_up, git_rules
from bottega.build.templates.recommender import Recommender
from bottega.build.templates.service import TemplateService
from bottega.ids import new_hex
from bottega.settings import Settings
from bottega.store.database import Database
from bottega.store.secrets import SecretBox
from tests.build.harness import Server
from tests.support.databases import seed_tenant


@pytest.fixture
def templates(database: Database, settings: Settings, tmp_path: Path) -> Iterator[TemplateService]:
    recommender = Recommender(database, git_rules(settings))
    service = TemplateService(database, SecretBox.open(tmp_path / "master.key"), recommender)
    yield service
    service.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    services = Services(Settings(data_dir=str(tmp_path_factory.mktemp("templates") / "data")))
    bring_schema_up(services.database)
    started = Server(services, {})
    yield started
    started.stop()


@pytest.fixture
def server(running: Server) -> Server:
    """Callers ``alice`` and ``bob`` belong to two tenants that no other test knows."""
    for name in ("alice", "bob"):
        running.callers[name] = seed_tenant(running.services.database, new_hex())
    return running
