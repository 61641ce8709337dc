"""From an empty database to the present schema, on both kinds."""

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from bottega import migrate
from bottega.schema import metadata
from bottega.store.database import Database
from tests.support.catalogs import Catalog, catalog
from tests.support.databases import Postgres


def alembic_config(connection: Any) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    config.attributes |= {"connection": connection, "metadata": metadata}
    return config


def catalog_of(database: Database) -> Catalog:
    with database.read() as session:
        return catalog(session.connection())


@pytest.fixture
def wanted(empty_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Catalog:
    """The catalog of a database whose tables were made from the models, without any migration."""
    postgres: Postgres | None = None
    url = f"sqlite:///{tmp_path / 'wanted.db'}"
    if not empty_url.startswith("sqlite"):
        server: Postgres = request.getfixturevalue("postgres")
        postgres, url = server, server.new_empty_database()
    engine = create_engine(url)
    metadata.create_all(engine)
    with engine.connect() as connection:
        found = catalog(connection)
    engine.dispose()
    if postgres is not None:
        postgres.drop(url)
    return found


def migrated(database: Database, revision: str = "head") -> None:
    """Bring it there as an older database is brought on: one migration after the other."""
    with database.change_schema() as connection:
        command.upgrade(alembic_config(connection), revision)


def test_all_migrations_together_make_exactly_the_tables_of_the_models(
    empty_database: Database, wanted: Catalog
) -> None:
    migrated(empty_database)
    migrate.require_present(empty_database)
    found = catalog_of(empty_database)
    assert {table: wanted[table] ^ found.get(table, set()) for table in wanted} == {
        table: set() for table in wanted
    }
    assert set(found) == set(wanted)
    with empty_database.read() as session:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(session.connection(), opts=options)
        assert compare_metadata(context, metadata) == []


def test_an_empty_database_gets_the_tables_without_the_way_there(
    empty_database: Database, wanted: Catalog
) -> None:
    assert migrate.upgrade(empty_database) == migrate.revisions()
    migrate.require_present(empty_database)
    assert catalog_of(empty_database) == wanted
    # And Alembic has nothing left to do.
    migrated(empty_database)
    assert catalog_of(empty_database) == wanted


def test_an_older_database_is_migrated(empty_database: Database, wanted: Catalog) -> None:
    older = migrate.revisions()[-2]
    migrated(empty_database, older)
    assert migrate.upgrade(empty_database) == migrate.revisions()[-1:]
    assert catalog_of(empty_database) == wanted


def test_a_second_upgrade_changes_nothing(empty_database: Database) -> None:
    migrate.upgrade(empty_database)
    before = catalog_of(empty_database)
    writes = empty_database.write_transactions
    assert migrate.upgrade(empty_database) == []
    migrate.require_present(empty_database)
    assert catalog_of(empty_database) == before
    assert empty_database.write_transactions == writes


def test_a_database_of_a_newer_version_is_refused_and_not_touched(empty_database: Database) -> None:
    migrate.upgrade(empty_database)
    with empty_database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        session.execute(text("DROP TABLE tokens"))
    for refused in (migrate.upgrade, migrate.require_present):
        with pytest.raises(migrate.SchemaError, match=r"revision 9999, which this version does not know"):
            refused(empty_database)
    with empty_database.read() as session:
        assert session.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
        assert not inspect(session.connection()).has_table("tokens")


def test_an_older_database_is_told_which_command_brings_it_up(empty_database: Database) -> None:
    with pytest.raises(migrate.SchemaError, match=r"at revision none.*bottega admin migrate"):
        migrate.require_present(empty_database)


@pytest.mark.parametrize(("before", "taken"), [("", "tokens"), ("0001", "audit_events")])
def test_an_upgrade_that_fails_leaves_nothing_behind(
    empty_database: Database, before: str, taken: str
) -> None:
    if before:
        migrated(empty_database, before)
    there = set(catalog_of(empty_database))
    # One of the tables is there already, so the upgrade stops in the middle.
    with empty_database.write() as session:
        session.execute(text(f"CREATE TABLE {taken} (id INTEGER)"))
    with pytest.raises(Exception, match=taken):
        migrate.upgrade(empty_database)
    assert set(catalog_of(empty_database)) == {*there, taken}
    with empty_database.write() as session:
        session.execute(text(f"DROP TABLE {taken}"))
    assert migrate.upgrade(empty_database)[-1] == migrate.revisions()[-1]


UPGRADE = """
import sys, alembic.command
from bottega import migrate
from bottega.store.database import Database

database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(*migrate.upgrade(database))
database.close()
"""


def test_upgrades_by_two_processes_at_once_happen_once(empty_database: Database) -> None:
    url = empty_database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", UPGRADE, url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None and other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        other.stdin.write("go\n")
        other.stdin.flush()
        mine = migrate.upgrade(empty_database)
        theirs = other.communicate()[0].split()
    assert other.returncode == 0
    assert sorted([mine, theirs], key=len) == [[], migrate.revisions()]


def test_rows_that_refer_to_a_table_survive_its_being_made_anew(tmp_path: Path) -> None:
    # SQLite alters a table by copying and dropping it; with foreign keys enforced that deletes what refers to it.
    database = Database(f"sqlite:///{tmp_path / 'family.db'}")
    with database.write() as session:
        session.execute(text("CREATE TABLE parents (id INTEGER PRIMARY KEY)"))
        session.execute(
            text("CREATE TABLE children (parent INTEGER REFERENCES parents (id) ON DELETE CASCADE)")
        )
        session.execute(text("INSERT INTO parents VALUES (1)"))
        session.execute(text("INSERT INTO children VALUES (1)"))
    with database.change_schema() as connection:
        connection.execute(text("CREATE TABLE made_anew (id INTEGER PRIMARY KEY, name TEXT)"))
        connection.execute(text("INSERT INTO made_anew SELECT id, 'x' FROM parents"))
        connection.execute(text("DROP TABLE parents"))
        connection.execute(text("ALTER TABLE made_anew RENAME TO parents"))
    with database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM children")) == 1
    with pytest.raises(RuntimeError, match=r"children"), database.change_schema() as connection:
        connection.execute(text("DELETE FROM parents"))
    with database.write() as session:
        assert session.scalar(text("SELECT count(*) FROM parents")) == 1
        # What follows is enforced again.
        session.execute(text("DELETE FROM parents"))
        assert session.scalar(text("SELECT count(*) FROM children")) == 0
    database.close()


def test_the_way_back_that_developers_use_leaves_no_table(empty_database: Database) -> None:
    # There is no command for it: whoever runs a server goes back with a backup.
    migrate.upgrade(empty_database)
    with empty_database.change_schema() as connection:
        command.downgrade(alembic_config(connection), "base")
    assert catalog_of(empty_database) == {}
    assert migrate.upgrade(empty_database) == migrate.revisions()


def test_the_names_of_the_files_tell_what_alembic_finds() -> None:
    script = ScriptDirectory.from_config(alembic_config(None))
    assert [one.revision for one in reversed(list(script.walk_revisions()))] == migrate.revisions()


def test_sqlite_keeps_its_write_ahead_log(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'fresh.db'}")
    migrate.upgrade(database)
    database.close()
    connection = sqlite3.connect(tmp_path / "fresh.db")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
