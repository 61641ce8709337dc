"""Statements are compiled once per process, and not again in every test with a database of its own.

That took a third of the time of such tests. A program, which has one database, compiles each of them once as well.
"""

from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Dialect
from sqlalchemy.util import LRUCache

from bottega.store import database, lookups

KEPT = 1500

_dialects: dict[tuple[type[Dialect], str], Dialect] = {}
_statements: Any = LRUCache(KEPT)


def pytest_configure() -> None:
    database.create_engine = _create_engine
    lookups.create_engine = _create_engine


def _create_engine(*arguments: Any, **options: Any) -> Engine:
    engine = create_engine(*arguments, **options)
    kind = type(engine.dialect), options.get("isolation_level", "")
    # What is compiled is kept by the dialect that did it, and those of two engines never are the same.
    engine.dialect = _dialects.get(kind, engine.dialect)
    engine._compiled_cache = _statements

    @event.listens_for(engine, "connect", once=True)
    def keep(_connection: Any, _record: Any) -> None:
        # Now it knows the server's version.
        _dialects.setdefault(kind, engine.dialect)

    return engine
