"""Bringing a database to the present schema: at start-up for SQLite, by ``bottega admin migrate`` for PostgreSQL."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bottega.schema import metadata
from bottega.store.database import Database

SCRIPTS = Path(__file__).parent / "store" / "migrations"


class SchemaError(Exception):
    """The database's schema is not the one this version needs."""


def upgrade(database: Database) -> None:
    """Run all migrations that are missing."""
    with database.engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        config.attributes["metadata"] = metadata
        command.upgrade(config, "head")


def present(database: Database) -> tuple[str | None, str | None]:
    """The revision of the database and the one this version needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision(), head


def require_present(database: Database) -> None:
    """Raise :class:`SchemaError` unless the database is at this version's revision."""
    found, needed = present(database)
    if found != needed:
        raise SchemaError(
            f"the database is at revision {found or 'none'}, this version needs {needed}: run 'bottega admin migrate'"
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    return config
