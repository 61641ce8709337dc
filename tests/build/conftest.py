"""Fixtures of the build domain: a service on each database, and one server with two new tenants for every test."""

from pathlib import Path

import pytest

from bottega.build.service import BuildService
from bottega.iam.principal import Principal
from bottega.runs.service import RunService
from bottega.settings import Settings
from bottega.store.database import Database
from bottega.store.secrets import SecretBox
from tests.build.harness import Server, new_callers
from tests.support.databases import seed_project, seed_tenant


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=str(tmp_path / "data"))


def make_service(database: Database, settings: Settings, folder: Path) -> BuildService:
    """A build service as the composition root makes it."""
    secrets = SecretBox.open(folder / "master.key")
    return BuildService(database, RunService(database, secrets, settings.runs), secrets, settings)


@pytest.fixture
def builds(database: Database, settings: Settings, tmp_path: Path) -> BuildService:
    return make_service(database, settings, tmp_path)


@pytest.fixture
def alice(database: Database) -> Principal:
    return seed_tenant(database, "first")


@pytest.fixture
def bob(database: Database) -> Principal:
    return seed_tenant(database, "second")


@pytest.fixture
def project_id(database: Database, alice: Principal) -> str:
    return seed_project(database, alice)


@pytest.fixture
def server(shared_server: Server) -> Server:
    """Its callers ``alice`` and ``bob`` are new."""
    return new_callers(shared_server)


@pytest.fixture
def workshop(server: Server) -> str:
    """Id of alice's project on the server."""
    return seed_project(server.builds.database, server.callers["alice"])
