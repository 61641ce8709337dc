"""Builds that were made before their repository had a name get one from their URL."""

from typing import Any

from alembic import command
from sqlalchemy import MetaData, Table, insert, select

from bottega.store.database import Database
from tests.store.test_migrations import alembic_config

BEFORE, AFTER = "0008", "0009"
URLS = {
    "git@git.example.com:group/shop.git": "shop",
    "git@git.example.com:alone.git": "alone",
    "https://git.example.com/group/mill/": "mill",
    "file:///srv/" + "n" * 200: "n" * 128,
    "": "",
}
FILLER: dict[type, Any] = {str: "x", int: 0, bool: False, object: {}}


def test_builds_of_before_are_named_by_their_url(empty_database: Database) -> None:
    with empty_database.change_schema() as connection:
        command.upgrade(alembic_config(connection), BEFORE)
    with empty_database.write() as session:
        runs = Table("runs", MetaData(), autoload_with=session.connection())
        row = {column.name: FILLER[column.type.python_type] for column in runs.c if not column.nullable}
        rows = [
            {**row, "id": str(number), "number": number, "source_url": url} for number, url in enumerate(URLS)
        ]
        session.execute(insert(runs), rows)
    with empty_database.change_schema() as connection:
        command.upgrade(alembic_config(connection), AFTER)
    with empty_database.read() as session:
        runs = Table("runs", MetaData(), autoload_with=session.connection())
        found = session.execute(select(runs.c.source_url, runs.c.repository))
        assert {row.source_url: row.repository for row in found} == URLS
