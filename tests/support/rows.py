"""All rows there are, read as quickly as the driver can: tests compare them hundreds of times."""

from typing import Any

from bottega.store.base import Base
from bottega.store.database import Database

Row = tuple[Any, ...]


def all_rows(database: Database) -> dict[str, list[Row]]:
    """By table, as SQLite keeps them: JSON as text, truth values as numbers."""
    with database.read() as session:
        driver: Any = session.connection().connection.driver_connection
        return {
            table.name: driver.execute(f'SELECT * FROM "{table.name}"').fetchall()
            for table in Base.metadata.sorted_tables
        }
