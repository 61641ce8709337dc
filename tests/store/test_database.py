"""Sessions: what holds on both databases, and what SQLite needs beyond it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry

from bottega.settings import SettingsError
from bottega.store.database import Database, DatabaseClosed
from tests.support.waiting import eventually

THREADS = 8


@pytest.fixture
def counters(empty_database: Database) -> Database:
    """A database with a table of one counter at 0."""
    with empty_database.write() as session:
        session.execute(text("CREATE TABLE counters (id INTEGER PRIMARY KEY, value INTEGER NOT NULL)"))
        session.execute(text("INSERT INTO counters VALUES (1, 0)"))
    return empty_database


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'one.db'}")
    with database.write() as session:
        session.execute(text("CREATE TABLE counters (id INTEGER PRIMARY KEY, value INTEGER NOT NULL)"))
        session.execute(text("INSERT INTO counters VALUES (1, 0)"))
    yield database
    database.close()


def value(database: Database) -> int:
    with database.read() as session:
        return session.execute(text("SELECT value FROM counters WHERE id = 1")).scalar_one()


def add_one(database: Database) -> None:
    with database.write() as session:
        session.execute(text("UPDATE counters SET value = value + 1 WHERE id = 1"))


def in_threads(work: Callable[[int], object], count: int) -> None:
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(work, range(count)))


def test_what_a_block_wrote_is_there_after_it(counters: Database) -> None:
    add_one(counters)
    assert value(counters) == 1


def test_an_error_in_a_block_undoes_all_of_it_and_the_next_one_works(counters: Database) -> None:
    with pytest.raises(ZeroDivisionError), counters.write() as session:
        session.execute(text("UPDATE counters SET value = 7 WHERE id = 1"))
        raise ZeroDivisionError
    with pytest.raises(IntegrityError), counters.write() as session:
        session.execute(text("UPDATE counters SET value = 8 WHERE id = 1"))
        session.execute(text("INSERT INTO counters VALUES (1, 0)"))
    assert value(counters) == 0
    add_one(counters)
    assert value(counters) == 1


def test_a_session_for_reading_cannot_write(counters: Database) -> None:
    for statement in ("UPDATE counters SET value = 5", "CREATE TABLE more (id INTEGER)"):
        with pytest.raises(DBAPIError, match=r"(?i)read.?only"), counters.read() as session:
            session.execute(text(statement))
            session.commit()
    assert value(counters) == 0
    add_one(counters)
    assert value(counters) == 1


def test_writers_from_many_threads_lose_nothing(counters: Database) -> None:
    def read_then_write(_number: int) -> None:
        with counters.write() as session:
            found = session.execute(
                text(
                    "SELECT value FROM counters WHERE id = 1 FOR UPDATE"
                    if not counters.is_sqlite
                    else "SELECT value FROM counters WHERE id = 1"
                )
            ).scalar_one()
            session.execute(text("UPDATE counters SET value = :value WHERE id = 1"), {"value": found + 1})

    in_threads(read_then_write, 100)
    assert value(counters) == 100


def test_what_is_counted_first_and_changed_then_can_be_made_one_at_a_time(counters: Database) -> None:
    def take_one_of_five(_number: int) -> None:
        with counters.write() as session:
            counters.one_at_a_time(session, "taking")
            taken = session.execute(text("SELECT count(*) FROM counters")).scalar_one()
            if taken < 5:
                session.execute(text("INSERT INTO counters VALUES (:id, 0)"), {"id": taken + 1})

    in_threads(take_one_of_five, 40)
    with counters.read() as session:
        assert session.execute(text("SELECT count(*) FROM counters")).scalar_one() == 5


def test_readers_do_not_wait_for_a_writer_and_do_not_see_what_is_not_committed(counters: Database) -> None:
    with counters.write() as session:
        session.execute(text("UPDATE counters SET value = 9 WHERE id = 1"))
        # More readers than connections of the pool.
        in_threads(lambda _number: _expect(value(counters) == 0), 3 * THREADS)
    assert value(counters) == 9


def test_a_reader_that_takes_its_time_does_not_hold_up_a_writer(counters: Database) -> None:
    with counters.read() as session:
        before = session.execute(text("SELECT value FROM counters")).scalar_one()
        add_one(counters)
    assert (before, value(counters)) == (0, 1)


def test_transactions_are_counted(counters: Database) -> None:
    reads, writes = counters.read_transactions, counters.write_transactions
    in_threads(lambda _number: (value(counters), add_one(counters)), 20)
    assert (counters.read_transactions, counters.write_transactions) == (reads + 20, writes + 20)


def test_closing_waits_for_what_is_in_progress_and_refuses_what_comes_later(counters: Database) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with counters.write() as session:
            inside.set()
            go_on.wait(10)
            session.execute(text("UPDATE counters SET value = 3 WHERE id = 1"))

    with ThreadPoolExecutor(2) as threads:
        writing = threads.submit(slow)
        inside.wait(10)
        closing = threads.submit(counters.close)
        eventually(lambda: _refused(counters))
        assert not closing.done()
        go_on.set()
        writing.result(10)
        closing.result(10)
    again = Database(counters.url.render_as_string(hide_password=False))
    assert value(again) == 3
    again.close()


def test_closing_while_many_threads_use_it_breaks_none_of_their_transactions(counters: Database) -> None:
    done: list[int] = []

    def work(_number: int) -> None:
        try:
            while True:
                add_one(counters)
                done.append(1)
                value(counters)
        except DatabaseClosed:
            return

    with ThreadPoolExecutor(THREADS) as threads:
        workers = [threads.submit(work, number) for number in range(THREADS)]
        eventually(lambda: len(done) >= THREADS)
        counters.close()
        for worker in workers:
            worker.result(10)
    counters.close()
    again = Database(counters.url.render_as_string(hide_password=False))
    assert value(again) == len(done)
    again.close()


def test_connections_that_postgresql_dropped_are_replaced(postgres_url: str) -> None:
    database = Database(postgres_url)

    def own_process(_number: int) -> int:
        with database.read() as session:
            return session.execute(text("SELECT pg_backend_pid()")).scalar_one()

    in_threads(own_process, THREADS)
    with database.write() as session:
        dropped = session.scalars(
            text(
                "SELECT CASE WHEN pid <> pg_backend_pid() AND pg_terminate_backend(pid) THEN pid END"
                " FROM pg_stat_activity WHERE datname = current_database()"
            )
        ).all()
    assert any(dropped)
    with ThreadPoolExecutor(THREADS) as threads:
        assert not set(threads.map(own_process, range(THREADS))) & set(dropped)
    database.close()


def test_sqlite_writes_go_through_one_connection_and_lock_before_they_read(sqlite: Database) -> None:
    statements: list[str] = []
    connections: set[int] = set()

    @event.listens_for(sqlite._writer, "before_cursor_execute")
    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    @event.listens_for(sqlite._writer, "checkout")
    def seen(connection: object, _record: ConnectionPoolEntry, _proxy: object) -> None:
        connections.add(id(connection))

    in_threads(lambda _number: add_one(sqlite), 20)
    assert len(connections) == 1
    assert statements[0::2] == ["BEGIN IMMEDIATE"] * 20


def test_a_sqlite_writer_of_another_process_is_waited_for(sqlite: Database) -> None:
    other = Database(sqlite.url.render_as_string())
    trying = threading.Event()

    @event.listens_for(sqlite._writer, "before_cursor_execute")
    def note(*_given: object) -> None:
        trying.set()

    with ThreadPoolExecutor(1) as threads:
        with other.write() as session:
            session.execute(text("UPDATE counters SET value = 10 WHERE id = 1"))
            adding = threads.submit(add_one, sqlite)
            assert trying.wait(10)
        adding.result(10)
    other.close()
    assert value(sqlite) == 11


def test_sqlite_enforces_foreign_keys(sqlite: Database) -> None:
    with sqlite.write() as session:
        session.execute(text("CREATE TABLE children (parent INTEGER NOT NULL REFERENCES counters (id))"))
    with pytest.raises(IntegrityError), sqlite.write() as session:
        session.execute(text("INSERT INTO children VALUES (2)"))


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nonsense", "not a URL"),
        ("", "not a URL"),
        ("mysql://user:hunter2@host/name", "mysql is neither sqlite nor postgresql"),
        ("postgresql//user:hunter2@host", "not a URL"),
        ("postgresql://user:hunter2@host:port/name", "not a URL"),
    ],
)
def test_an_unusable_url_is_refused_by_the_name_of_its_setting(url: str, told: str) -> None:
    with pytest.raises(SettingsError, match=r"^database\.url: ") as refused:
        Database(url)
    assert told in str(refused.value)
    assert "hunter2" not in str(refused.value)


def _refused(database: Database) -> bool:
    try:
        with database.read():
            return False
    except DatabaseClosed:
        return True


def _expect(holds: bool) -> None:
    assert holds
