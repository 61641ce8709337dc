"""Reads of one statement in autocommit mode: the cheapest question one can ask the database."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import URL, Connection, Engine, Row, Select, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

THREADS = 8

Statement = Select[*tuple[Any, ...]]
Rows = Sequence[Row[*tuple[Any, ...]]]


class Lookups:
    """For what is asked so often that a session would cost more than the answer.

    Statements are built once, with ``bindparam`` for what changes, and name columns instead of entities. It has
    connections of its own. On SQLite one, because a read takes less than a switch to a thread and back, so that it may
    be used on the event loop, and it must never wait for a connection that a slow handler holds. On PostgreSQL a few,
    because a read in autocommit mode is one round trip, where a session makes four (ping, BEGIN, SELECT, ROLLBACK).
    """

    def __init__(self, url: URL, busy_timeout_ms: int) -> None:
        self.blocks = url.get_backend_name() != "sqlite"
        self.count = 0
        self._own: Connection | None = None
        self._own_lock = threading.Lock()
        self._engine = _postgresql_engine(url) if self.blocks else _sqlite_engine(url, busy_timeout_ms)

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> Rows:
        """All rows of ``statement`` with these parameters; in a thread if the database is behind a network."""
        if self.blocks:
            return await asyncio.to_thread(self.rows, statement, values)
        return self.rows(statement, values)

    def rows(self, statement: Statement, values: Mapping[str, Any]) -> Rows:
        """The same for callers that may wait. On SQLite it must not be used for long reads: others queue behind it."""
        self.count += 1
        if not self.blocks:
            with self._own_lock:
                if self._own is None:
                    self._own = self._engine.connect()
                return self._own.execute(statement, values).all()
        try:
            return self._read(statement, values)
        except DBAPIError as error:
            # Connections are not tried out beforehand, so the first one after a restart of the database is dead.
            if not error.connection_invalidated:
                raise
            return self._read(statement, values)

    def close(self) -> None:
        """Close the connections."""
        with self._own_lock:
            if self._own is not None:
                self._own.close()
                self._own = None
            self._engine.dispose()

    def _read(self, statement: Statement, values: Mapping[str, Any]) -> Rows:
        with self._engine.connect() as connection:
            return connection.execute(statement, values).all()


def _sqlite_engine(url: URL, busy_timeout_ms: int) -> Engine:
    engine = create_engine(
        url,
        poolclass=StaticPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"check_same_thread": False, "timeout": busy_timeout_ms / 1000},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        connection.execute("PRAGMA query_only=ON").close()

    return engine


def _postgresql_engine(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=THREADS,
        max_overflow=0,
        isolation_level="AUTOCOMMIT",
        pool_reset_on_return=None,
    )
