"""Database sessions: many readers, one writer on SQLite, a pool on PostgreSQL, behind the same two calls."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session, sessionmaker

BUSY_TIMEOUT_MS = 5_000
WRITER_WAIT_SECONDS = 30.0


class Database:
    """``read()`` gives a session that cannot write; ``write()`` one whose transaction commits on leaving the block.

    On SQLite all writers of this process queue for one connection (its busy handler is unfair and starves writers for
    seconds) and every write transaction starts with BEGIN IMMEDIATE, because a transaction that reads first and writes
    later fails with "database is locked" however long the busy timeout is.
    """

    def __init__(self, url: str, *, durability: str = "normal", pool_size: int = 8) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.read_transactions = 0
        self.write_transactions = 0
        self._counting = threading.Lock()
        if self.is_sqlite:
            self._writer = _sqlite_engine(url, durability, pool_size=1, writes=True)
            self._reader = _sqlite_engine(url, durability, pool_size=pool_size, writes=False)
        else:
            self._writer = _postgresql_engine(url, pool_size)
            self._reader = self._writer
        self._read_session = sessionmaker(self._reader, expire_on_commit=False)
        self._write_session = sessionmaker(self._writer, expire_on_commit=False)

    @contextmanager
    def read(self) -> Generator[Session]:
        """A session for reading; it is rolled back at the end."""
        with self._counting:
            self.read_transactions += 1
        session = self._read_session()
        try:
            yield session
        finally:
            session.close()

    @contextmanager
    def write(self) -> Generator[Session]:
        """A write transaction: commits when the block ends, rolls back when it raises. Keep it short, no I/O inside."""
        with self._counting:
            self.write_transactions += 1
        with self._write_session.begin() as session:
            yield session

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations."""
        return self._writer

    def close(self) -> None:
        """Close all connections."""
        self._reader.dispose()
        self._writer.dispose()

    def ping(self) -> None:
        """Raise when the database does not answer."""
        with self.read() as session:
            session.execute(text("SELECT 1"))


def _sqlite_engine(url: str, durability: str, *, pool_size: int, writes: bool) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=WRITER_WAIT_SECONDS,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        # SQLAlchemy emits BEGIN itself below; the driver must not guess.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={'FULL' if durability == 'full' else 'NORMAL'}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA journal_size_limit={64 * 1024 * 1024}")
        if not writes:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql_engine(url: str, pool_size: int) -> Engine:
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
    )
