"""What a server says when it cannot start, and what it says and does when it can."""

import asyncio
import fcntl
import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from bottega import migrate
from bottega.app import Services, bring_schema_up
from bottega.embedded_agent import EmbeddedAgent
from bottega.iam.bootstrap import bootstrap
from bottega.iam.errors import Unauthenticated
from bottega.routes import create_app
from bottega.runs.nats_server import NatsServer
from bottega.server import ServerError, run
from bottega.settings import Settings, load
from bottega.store import database as store
from bottega.store.database import Database
from bottega.store.secrets import SecretBox
from tests.support.application import CALL_SECONDS
from tests.support.passwords import quick_passwords
from tests.support.processes import free_port, processes_with
from tests.support.server import Server
from tests.support.waiting import eventually

quick_passwords()

STOP_SECONDS = 10.0


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def settings_of(data: Path, **sections: Any) -> Settings:
    sections.setdefault("http", {"port": 0})
    return load(environment={}, overrides={"data_dir": str(data), **sections})


def refusal(settings: Settings, agent: EmbeddedAgent | None = None) -> str:
    """Why a server with these settings does not start."""
    with pytest.raises(ServerError) as refused:
        run(settings, agent)
    return str(refused.value)


def started_before(data: Path) -> Settings:
    """The folder as a first start leaves it."""
    settings = settings_of(data)
    data.mkdir()
    database = Database(settings.database_url)
    migrate.upgrade(database)
    bootstrap(database, settings, SecretBox.open(data / "master.key"), "http://127.0.0.1:1")
    database.close()
    return settings


def test_a_data_folder_that_is_none_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert refusal(settings_of(file)) == f"data_dir: {file} is not a folder"
    below = file / "below"
    assert refusal(settings_of(below)) == f"data_dir: cannot use {below}: Not a directory"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_data_folder_of_somebody_else_is_named() -> None:
    # In a child, because whoever stops being root cannot go back; what it imports it has imported by then.
    child = (
        "import os, sys; from bottega.settings import load; from bottega.data_folder import prepare_data_folder;"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534);"
        "prepare_data_folder(load(environment={}, overrides={'data_dir': sys.argv[1]}))"
    )
    # Not below pytest's own folder, which others cannot even see.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-c", child, folder], capture_output=True, text=True, check=False
        )
    assert done.stderr.endswith(f"data_dir: {folder} belongs to another user (uid 0)\n")


def test_folders_above_the_data_folder_are_made_passable_for_build_users(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        services = Services(settings_of(tmp_path / "a" / "b" / "data"))
    finally:
        os.umask(before)
    services.close()
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "a/b", "a/b/data")]
    assert modes == [0o711] * 3


def test_a_second_server_on_the_same_folder_is_refused(data: Path) -> None:
    data.mkdir()
    with (data / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert refusal(settings_of(data)) == f"another server uses the data folder {data}"


def test_files_of_credentials_that_cannot_be_read_are_named(data: Path, tmp_path: Path) -> None:
    there, not_there, binary = tmp_path / "there", tmp_path / "not there", tmp_path / "binary"
    there.write_text("secret")
    binary.write_bytes(b"\xff\xfe")
    for entry, told in [
        ({"secret_file": not_there}, f"secret_file: cannot read {not_there}: No such file or directory"),
        ({"secret_file": tmp_path}, f"secret_file: cannot read {tmp_path}: Is a directory"),
        ({"secret_file": binary}, f"secret_file: {binary} is not text"),
        (
            {"secret_file": there, "known_hosts_file": not_there},
            f"known_hosts_file: cannot read {not_there}: No such file or directory",
        ),
    ]:
        credential = {"host": "git.example.com", **{key: str(path) for key, path in entry.items()}}
        settings = settings_of(data, scm={"credentials": [credential]})
        assert refusal(settings) == f"scm.credentials of git.example.com: {told}"


def test_a_database_that_cannot_be_used_is_named_without_its_password(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "text.db"
    file.write_text("This is text and no database. " * 100)
    port = free_port()
    for url, told in [
        (f"sqlite:///{file}", f"cannot use the database {file}: file is not a database"),
        (
            f"sqlite:///{tmp_path}/no/x.db",
            f"cannot use the database {tmp_path}/no/x.db: unable to open database file",
        ),
        (f"postgresql://ann:secret@127.0.0.1:{port}/x", "Connection refused"),
        ("postgresql://ann:secret@127.0.0.1:port/x", "database.url"),
        ("mysql://ann:secret@127.0.0.1/x", "database.url"),
        ("ann:secret", "database.url"),
    ]:
        said = refusal(settings_of(data, database={"url": url}))
        assert told in said
        assert "secret" not in said
        assert "\n" not in said


def test_a_postgresql_that_does_not_answer_is_not_waited_for_for_ever(
    data: Path, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "CONNECT_SECONDS", 2)
    url = f"postgresql://ann:secret@127.0.0.1:{taken}/x"
    assert "timeout" in refusal(settings_of(data, database={"url": url}))


def test_a_postgresql_without_tables_is_refused_with_the_command_that_makes_them(
    data: Path, postgres: Any
) -> None:
    url = postgres.new_empty_database()
    assert "run 'bottega admin migrate'" in refusal(settings_of(data, database={"url": url}))
    postgres.drop(url)


def test_a_database_of_a_newer_version_is_refused(data: Path) -> None:
    settings = started_before(data)
    with closing(sqlite3.connect(data / "bottega.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    assert "with a newer version of Bottega" in refusal(settings)


def test_a_master_key_that_is_not_the_databases_is_refused(data: Path) -> None:
    settings = started_before(data)
    key = data / "master.key"
    own = key.read_bytes()
    for wrong, told in [
        (own[:16], "is damaged: a master key has 32 bytes, it has 16"),
        (own[::-1], "is not the key this database was made with"),
    ]:
        key.write_bytes(wrong)
        assert f"{key} {told}" in refusal(settings)
    # A lost one is made anew, and the new one fits no more than another.
    key.unlink()
    assert f"{key} is not the key" in refusal(settings)


def test_ports_that_another_program_uses_are_named(data: Path, taken: int) -> None:
    http = settings_of(data, http={"port": taken})
    assert refusal(http) == f"cannot listen on 127.0.0.1:{taken}: Address already in use"
    nats = settings_of(data, nats={"port": taken})
    assert refusal(nats) == f"nats-server cannot listen on 127.0.0.1:{taken}: Address already in use"


def test_a_broker_leaves_a_port_that_was_taken_in_the_meantime(tmp_path: Path, taken: int) -> None:
    async def start_and_stop() -> int:
        broker = NatsServer(tmp_path, "127.0.0.1", 0, 2 * 1024**3)
        await broker.start([])
        await broker.stop()
        return broker.port

    (tmp_path / "port").write_text(str(taken))
    assert asyncio.run(start_and_stop()) == int((tmp_path / "port").read_text()) != taken


def test_a_broker_that_cannot_be_had_is_named(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "nats-server"
    program.write_text("#!/bin/sh\necho nats-server: v2.1.0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert f"{program} is version nats-server: v2.1.0; 2.11 or later is needed" in refusal(settings_of(data))
    nowhere = settings_of(data, nats={"host": "192.0.2.1"})
    monkeypatch.undo()
    assert refusal(nowhere) == "nats-server cannot listen on 192.0.2.1: Cannot assign requested address"


def test_an_agent_that_cannot_be_enrolled_is_named_by_its_setting(data: Path) -> None:
    for section, told in [({"name": "a b"}, "agent.name: letters"), ({"pool": "a b"}, "agent.pool: letters")]:
        assert refusal(settings_of(data, agent=section), EmbeddedAgent(data, None)).startswith(told)


def test_closing_the_services_closes_every_file_of_the_data_folder(data: Path) -> None:
    services = Services(settings_of(data))
    bring_schema_up(services.database)
    with pytest.raises(Unauthenticated):
        services.iam.callers.by_token("none")
    assert open_files(data)
    services.close()
    assert open_files(data) == []


def test_closing_the_application_ends_the_threads_that_look_callers_up(data: Path, postgres_url: str) -> None:
    services = Services(settings_of(data, database={"url": postgres_url}))
    app = create_app(services, list)

    async def ask() -> int:
        transport = httpx.ASGITransport(app)  # pyright: ignore[reportArgumentType]
        async with httpx.AsyncClient(transport=transport, base_url="http://server", verify=False) as client:
            return (await client.get("/v1/job/list", headers={"X-Auth-Token": "none"})).status_code

    def looking_up() -> list[str]:
        return [one.name for one in threading.enumerate() if one.name.startswith("authentication")]

    assert asyncio.run(ask()) == 401
    assert looking_up()
    app.close()
    services.close()
    assert looking_up() == []


@pytest.mark.parametrize("present", [False, True], ids=["new", "present"])
def test_a_new_database_and_a_present_one_are_ready_without_importing_alembic(
    data: Path, present: bool
) -> None:
    if present:
        started_before(data)
    child = (
        "import sys; from bottega.app import bring_schema_up, open_database; from bottega.settings import load;"
        "database = open_database(load(environment={}, overrides={'data_dir': sys.argv[1]}));"
        "bring_schema_up(database); database.close(); print('alembic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", child, str(data)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def open_files(folder: Path) -> list[str]:
    found: list[str] = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            target = str(entry.readlink())
        except FileNotFoundError:
            continue
        if target.startswith(f"{folder}/"):
            found.append(target)
    return found


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bottega", *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_ends_with_one_line_and_takes_its_agent_along(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    done = command("serve", "--data-dir", str(file), "--port", "0")
    assert (done.returncode, done.stderr) == (1, f"bottega: data_dir: {file} is not a folder\n")
    assert processes_with(str(tmp_path)) == []
    done = command("serve", "--data-dir", str(tmp_path / "data"), "--port", "99999")
    assert (done.returncode, done.stderr) == (
        2,
        "bottega: settings: http.port: expected a whole number <= 65535\n",
    )


def test_a_host_without_git_is_told_at_once(data: Path) -> None:
    for arguments in (["serve"], ["agent"]):
        done = command(*arguments, "--data-dir", str(data), PATH="/nonexistent")
        assert (done.returncode, done.stderr.partition(";")[0]) == (1, "bottega: git is not on PATH")
    assert not data.exists()


def test_an_agent_without_its_file_is_told_which_is_missing(data: Path) -> None:
    done = command("agent", "--data-dir", str(data))
    file = data / "agent" / "agent.json"
    told = f"bottega: cannot read the agent's file {file}: No such file or directory\n"
    assert (done.returncode, done.stderr) == (2, told)


def test_a_started_server_says_where_it_is_and_stops_without_complaint(server_factory: Any) -> None:
    server: Server = server_factory(BOTTEGA_DEBUG="1")
    server.port = 0
    server.start(wait=False)
    first = said_by(server)
    known = server.credentials
    assert first["endpoint"] == known["endpoint"] != "http://127.0.0.1:0"
    server.port = int(known["endpoint"].rpartition(":")[2])
    server.wait_until_healthy()

    with httpx.Client(
        base_url=known["endpoint"], trust_env=False, verify=False, timeout=CALL_SECONDS
    ) as client:
        greeting = client.get("/").json()
        assert greeting["name"] == "Bottega"
        for link in ("health", "metrics", "openapi"):
            assert client.get(greeting[link]).status_code == 200, link
        assert client.get("/openapi/openapi.json").json()["info"]["version"] == greeting["version"]

    assert server.process is not None
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(STOP_SECONDS) == 0
    text = server.output.read_text()
    assert "Traceback" not in text
    assert '"warning"' not in text
    assert '"level": "debug"' in text
    assert processes_with(str(server.data)) == []

    # Another start, another address: the file follows, its secrets stay.
    server.port = free_port()
    server.output.unlink()
    server.start()
    assert server.credentials == {**known, "endpoint": server.endpoint}
    assert stat.S_IMODE((server.data / "credentials.json").stat().st_mode) == 0o600
    assert server.stop() == 0


def said_by(server: Server) -> dict[str, Any]:
    """What the server logged about its address, once it has."""

    def line() -> dict[str, Any] | None:
        assert server.process is not None
        assert server.process.poll() is None, server.output.read_text()
        lines = [json.loads(one) for one in server.output.read_text().splitlines() if one.endswith("}")]
        return next((one for one in lines if one["event"] == "listening"), None)

    found = eventually(line, 60.0)
    assert found is not None
    return found
