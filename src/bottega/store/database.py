"""Database sessions: many readers, one writer on SQLite, a pool on PostgreSQL, behind the same two calls."""

import sqlite3
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session, sessionmaker

from bottega.settings import SettingsError
from bottega.store.lookups import Lookups

BUSY_TIMEOUT_MS = 5_000
SWITCH_PAUSE_SECONDS = 0.02
WRITER_WAIT_SECONDS = 30.0
CONNECT_SECONDS = 10
CLOSING_SECONDS = 3.0
SCHEMA_WAIT_MS = 120_000
SCHEMA_LOCK = 0x626F747465676100
"""Names our advisory lock among all programs that use the same PostgreSQL database: "bottega" in ASCII."""
WRITERS_LOCK = 0x626F7474
"""The same for locks of :meth:`Database.one_at_a_time`, which have a second number."""

ALONE_LOCK = 0x626F7475
"""The same for those of :meth:`Database.alone`."""


class DatabaseClosed(Exception):
    """A transaction was asked for after the database was closed; the process is about to end."""


class Database:
    """``read()`` gives a session that cannot write; ``write()`` one whose transaction commits on leaving the block.

    On SQLite all writers of this process queue for one connection (its busy handler is unfair and starves writers for
    seconds) and every write transaction starts with BEGIN IMMEDIATE, because a transaction that reads first and writes
    later fails with "database is locked" however long the busy timeout is.
    """

    def __init__(self, url: str, *, durability: str = "normal", pool_size: int = 8) -> None:
        """Nothing is connected yet. Raises :class:`SettingsError` for a URL that is no SQLite or PostgreSQL one."""
        try:
            self.url = make_url(url)
        except (ArgumentError, ValueError):
            # The text may hold a password.
            raise SettingsError("database.url: not a URL such as postgresql://user@host/name") from None
        backend = self.url.get_backend_name()
        if backend not in {"sqlite", "postgresql"}:
            raise SettingsError(f"database.url: {backend} is neither sqlite nor postgresql")
        self.is_sqlite = backend == "sqlite"
        self.read_transactions = 0
        self.write_transactions = 0
        self._closed = False
        self._in_use = 0
        self._alone: set[str] = set()
        self._changed = threading.Condition()
        if self.is_sqlite:
            self._writer = _sqlite_engine(url, durability, pool_size=1, writes=True)
            self._reader = _sqlite_engine(url, durability, pool_size=pool_size, writes=False)
        else:
            self._writer = _postgresql_engine(url, pool_size)
            self._reader = self._writer.execution_options(postgresql_readonly=True)
        self.lookups = Lookups(self.url, BUSY_TIMEOUT_MS)
        self._read_session = sessionmaker(self._reader, expire_on_commit=False)
        self._write_session = sessionmaker(self._writer, expire_on_commit=False)

    @contextmanager
    def read(self) -> Generator[Session]:
        """A session for reading; it is rolled back at the end. Raises :class:`DatabaseClosed`."""
        with self._changed:
            self._enter()
            self.read_transactions += 1
        session = self._read_session()
        try:
            yield session
        finally:
            session.close()
            self._leave()

    @contextmanager
    def write(self) -> Generator[Session]:
        """A write transaction: commits when the block ends, rolls back when it raises. Keep it short, no I/O inside.

        Raises :class:`DatabaseClosed`.
        """
        with self._changed:
            self._enter()
            self.write_transactions += 1
        try:
            with self._write_session.begin() as session:
                yield session
        finally:
            self._leave()

    def one_at_a_time(self, session: Session, what: str) -> None:
        """Wait until no other write transaction that named the same is left, in any process, and keep them waiting.

        For what is counted first and changed then. On SQLite no two write transactions overlap in any case.
        """
        if not self.is_sqlite:
            session.execute(select(func.pg_advisory_xact_lock(WRITERS_LOCK, func.hashtext(what))))

    @contextmanager
    def alone(self, what: str) -> Generator[bool]:
        """Whether nobody else, in any process, is inside of such a block with the same ``what``; waits for nobody.

        For work of many transactions. Who dies lets go of it.
        """
        if self.is_sqlite:
            # No other process writes here.
            with self._changed:
                free = what not in self._alone
                if free:
                    self._alone.add(what)
            try:
                yield free
            finally:
                with self._changed:
                    if free:
                        self._alone.discard(what)
            return
        lock = (ALONE_LOCK, func.hashtext(what))
        with self._writer.connect() as connection:
            free = bool(connection.scalar(select(func.pg_try_advisory_xact_lock(*lock))))
            # The lock ends with this transaction, which the connection's end rolls back.
            yield free

    @contextmanager
    def change_schema(self) -> Generator[Connection]:
        """One transaction for a change of the schema, while no other process changes it.

        On SQLite foreign keys are not enforced meanwhile: altering a table there means to copy and to drop it, and
        dropping it would delete the rows that refer to it. They are checked before the commit.
        """
        with self._changed:
            self._enter()
        try:
            with self._writer.connect() as connection:
                if self.is_sqlite:
                    yield from _change_sqlite(connection)
                else:
                    with connection.begin():
                        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": SCHEMA_LOCK})
                        yield connection
        finally:
            self._leave()

    def close(self) -> None:
        """Refuse new transactions, let those in progress end, and close all connections. May be called again."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._in_use, CLOSING_SECONDS)
        self.lookups.close()
        self._reader.dispose()
        self._writer.dispose()

    def ping(self) -> None:
        """Raise when the database does not answer."""
        with self.read() as session:
            session.execute(text("SELECT 1"))

    def _enter(self) -> None:
        if self._closed:
            raise DatabaseClosed("the database was closed")
        self._in_use += 1

    def _leave(self) -> None:
        with self._changed:
            self._in_use -= 1
            self._changed.notify_all()


def _change_sqlite(connection: Connection) -> Generator[Connection]:
    driver: Any = connection.connection.driver_connection
    try:
        # This cannot be changed inside a transaction.
        driver.execute("PRAGMA foreign_keys=OFF").close()
        driver.execute(f"PRAGMA busy_timeout={SCHEMA_WAIT_MS}").close()
        with connection.begin():
            yield connection
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if broken is not None:
                raise RuntimeError(
                    f"rows of {broken[0]} would refer to rows of {broken[2]} that are not there"
                )
    finally:
        # Nobody else may get a connection that does not enforce foreign keys.
        connection.invalidate()


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
        _use_write_ahead_log(cursor)
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


def _use_write_ahead_log(cursor: sqlite3.Cursor) -> None:
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            # Two processes that open a new file at once: the busy timeout does not hold for this statement.
            if time.monotonic() > deadline:
                raise
            time.sleep(SWITCH_PAUSE_SECONDS)
        else:
            return


def _postgresql_engine(url: str, pool_size: int) -> Engine:
    address = make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(
        address,
        # A host that does not answer at all would be waited for as long as TCP likes.
        connect_args={} if "connect_timeout" in address.query else {"connect_timeout": CONNECT_SECONDS},
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
    )
