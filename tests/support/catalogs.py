"""What a database says of its own tables, in a form that two databases can be compared by."""

from typing import Any

from sqlalchemy import Connection, text

Catalog = dict[str, set[Any]]
"""For each table what it is made of; the order of columns does not count."""

_COLUMNS = text(
    "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default"
    " FROM information_schema.columns WHERE table_schema = 'public'"
)
_CONSTRAINTS = text(
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
    " FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
)
_INDEXES = text("SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
_TABLES = text("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")


def catalog(connection: Connection) -> Catalog:
    """Columns, constraints and indexes of all tables but Alembic's own."""
    read = _of_sqlite if connection.dialect.name == "sqlite" else _of_postgresql
    found = read(connection)
    found.pop("alembic_version", None)
    return found


def _of_postgresql(connection: Connection) -> Catalog:
    found: Catalog = {}
    for query in (_COLUMNS, _CONSTRAINTS, _INDEXES):
        for table, *facts in connection.execute(query):
            found.setdefault(table, set()).add(tuple(facts))
    return found


def _of_sqlite(connection: Connection) -> Catalog:
    return {table: _sqlite_table(connection, table) for table in connection.scalars(_TABLES)}


def _sqlite_table(connection: Connection, table: str) -> set[Any]:
    def ask(what: str, name: str) -> list[Any]:
        return [tuple(row) for row in connection.exec_driver_sql(f'PRAGMA {what}("{name}")')]

    facts: set[Any] = {("column", *row[1:6]) for row in ask("table_xinfo", table)}
    facts |= {("foreign key", *row[2:7]) for row in ask("foreign_key_list", table)}
    for _number, name, unique, origin, partial in ask("index_list", table):
        columns = tuple(row[2] for row in ask("index_info", name))
        where = connection.execute(
            text("SELECT substr(sql, instr(sql, ' WHERE ')) FROM sqlite_master WHERE name = :name"),
            {"name": name},
        ).scalar()
        # Indexes of constraints are named by their position, which says nothing.
        shown = name if origin == "c" else ""
        facts.add(("index", shown, unique, origin, columns, where if partial else ""))
    for (sql,) in connection.execute(
        text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table}
    ):
        facts |= {("constraint", word) for word in sql.split() if word.startswith(("pk_", "uq_", "fk_"))}
    return facts
