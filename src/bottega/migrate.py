"""Bringing a database to the present schema: at start-up for SQLite, by ``bottega admin migrate`` for PostgreSQL.

Alembic takes longer to import than a server with a present schema needs to look at its database, so it is imported when
there is something to migrate. Revisions are numbered, the file of each begins with its number, and each follows the one
before: so the names of the files tell which there are. A test compares them with what Alembic finds.
"""

import re
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from bottega.schema import metadata
from bottega.store.database import Database

SCRIPTS = Path(__file__).parent / "store" / "migrations"
REVISION_FILE = re.compile(r"^(\d{4})_\w+\.py$")
VERSION_TABLE = "alembic_version"


class SchemaError(Exception):
    """The database's schema is not the one this version needs; the message says what to do."""


def revisions() -> list[str]:
    """All revisions of this version, oldest first."""
    names = (REVISION_FILE.match(path.name) for path in (SCRIPTS / "versions").iterdir())
    return sorted(name[1] for name in names if name)


def upgrade(database: Database) -> list[str]:
    """Run the migrations that are missing, all of them or none; returns their revisions, oldest first.

    Raises :class:`SchemaError` for a database of a newer version, which is not touched.
    """
    if not _missing(present(database)):
        return []
    with database.change_schema() as connection:
        # Another process may have been faster.
        missing = _missing(_stored(connection))
        if missing:
            _run_alembic(connection)
        return missing


def present(database: Database) -> str | None:
    """The revision of the database; None for one that has no tables of ours."""
    with database.read() as session:
        return _stored(session.connection())


def require_present(database: Database) -> None:
    """Raise :class:`SchemaError` unless the database is at this version's revision."""
    found = present(database)
    if _missing(found):
        raise SchemaError(
            f"the database is at revision {found or 'none'}, this version needs {revisions()[-1]}:"
            " run 'bottega admin migrate'"
        )


def _missing(found: str | None) -> list[str]:
    known = revisions()
    if found is None:
        return known
    if found not in known:
        raise SchemaError(
            f"the database is at revision {found}, which this version does not know (its newest is {known[-1]}):"
            " it was used with a newer version of Bottega; install that one, or restore a backup"
        )
    return known[known.index(found) + 1 :]


def _stored(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


def _run_alembic(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["metadata"] = metadata
    command.upgrade(config, "head")
