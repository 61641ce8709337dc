"""Reads of one statement on connections of their own."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import bindparam, func, select, text
from sqlalchemy.exc import DBAPIError

from bottega.iam.tables import Tenant
from bottega.store.database import Database
from tests.support.databases import Postgres, seed_tenant

by_name = select(Tenant.id).where(Tenant.name == bindparam("name"))


def test_what_was_committed_is_seen_at_once(database: Database) -> None:
    assert database.lookups.rows(by_name, {"name": "later"}) == []
    tenant_id = seed_tenant(database, "later").tenant_id
    assert [row.id for row in database.lookups.rows(by_name, {"name": "later"})] == [tenant_id]
    assert asyncio.run(database.lookups.fetch(by_name, {"name": "later"}))[0].id == tenant_id


def test_a_writer_is_not_waited_for_and_not_held_up(database: Database) -> None:
    seed_tenant(database, "first")
    with database.write() as session:
        session.execute(text("UPDATE tenants SET name = 'second'"))
        assert len(database.lookups.rows(by_name, {"name": "first"})) == 1
    assert database.lookups.rows(by_name, {"name": "first"}) == []
    assert len(database.lookups.rows(by_name, {"name": "second"})) == 1


def test_many_threads_may_look_at_once(database: Database) -> None:
    seed_tenant(database, "here")
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: database.lookups.rows(by_name, {"name": "here"}), range(64)))
    assert {len(rows) for rows in found} == {1}


def test_a_failed_look_does_not_spoil_the_next(database: Database) -> None:
    seed_tenant(database, "here")
    with pytest.raises(DBAPIError):
        database.lookups.rows(select(func.no_such_function()), {})
    assert len(database.lookups.rows(by_name, {"name": "here"})) == 1


def test_nothing_can_be_written(sqlite_database: Database) -> None:
    seed_tenant(sqlite_database, "here")
    with pytest.raises(DBAPIError, match="readonly"):
        sqlite_database.lookups.rows(text("DELETE FROM tenants RETURNING id"), {})  # pyright: ignore[reportArgumentType]
    assert len(sqlite_database.lookups.rows(by_name, {"name": "here"})) == 1


def test_connections_that_the_server_dropped_are_replaced(database: Database, postgres: Postgres) -> None:
    if database.is_sqlite:
        pytest.skip("a file drops no connections")
    seed_tenant(database, "here")
    assert len(database.lookups.rows(by_name, {"name": "here"})) == 1
    with database.write() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert len(database.lookups.rows(by_name, {"name": "here"})) == 1
