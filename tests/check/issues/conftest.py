"""Fixtures of issues."""

import pytest

from bottega.iam.principal import Principal
from bottega.store.database import Database
from tests.check.making import Scans, new_task
from tests.support.databases import seed_project, seed_tenant


@pytest.fixture
def alice(sqlite_database: Database) -> Principal:
    return seed_tenant(sqlite_database, "first")


@pytest.fixture
def project_id(sqlite_database: Database, alice: Principal) -> str:
    return seed_project(sqlite_database, alice)


@pytest.fixture
def task_id(sqlite_database: Database, alice: Principal, project_id: str) -> str:
    return new_task(sqlite_database, alice, project_id)


@pytest.fixture
def scans(sqlite_database: Database, task_id: str) -> Scans:
    """Of a task in a database on SQLite; :func:`scans_everywhere` are for what depends on the data layer."""
    return Scans(sqlite_database, task_id)


@pytest.fixture
def scans_everywhere(database: Database) -> Scans:
    caller = seed_tenant(database, "everywhere")
    return Scans(database, new_task(database, caller, seed_project(database, caller)))
