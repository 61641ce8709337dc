"""Bringing a database to the present schema: at start-up for SQLite, by ``bottega admin migrate`` for PostgreSQL.

A new database gets the tables as the models have them, one of an older version is migrated: a test sees that both end
with the same schema. Alembic takes longer to import than a new database or a present one takes as a whole, so it is
imported when there is something to migrate. Revisions are numbered, the file of each begins with its number, and each
follows the one before: so the names of the files tell which there are. A test compares them with what Alembic finds.
"""

import re
from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, inspect, text

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
    """Bring what is missing, all of it or nothing; returns the revisions, oldest first.

    Raises :class:`SchemaError` for a database of a newer version, which is not touched.
    """
    if not _missing(present(database)):
        return []
    with database.change_schema() as connection:
        # Another process may have been faster.
        found = _stored(connection)
        missing = _missing(found)
        if found is None:
            _create(connection, missing[-1])
        elif missing:
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


def _create(connection: Connection, revision: str) -> None:
    """All tables at once, and Alembic's own."""
    metadata.create_all(connection, checkfirst=False)
    version = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32), nullable=False))
    version.append_constraint(PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"))
    # It is there, and empty, where all migrations were taken back.
    version.create(connection, checkfirst=True)
    connection.execute(version.insert().values(version_num=revision))


def _run_alembic(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["metadata"] = metadata
    command.upgrade(config, "head")
