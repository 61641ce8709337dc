"""The admin commands on a real data folder."""

import io
import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bottega.agent.identity import load_identity
from bottega.cli.commands import app
from bottega.clock import epoch_ms
from bottega.iam.bootstrap import bootstrap
from bottega.iam.errors import Unauthenticated
from bottega.iam.principal import Right
from bottega.iam.service import IamService
from bottega.iam.tokens import UserReference
from bottega.migrate import require_present, revisions, upgrade
from bottega.runs.agents import AgentRegistry
from bottega.runs.tables import Agent, TenantLimit
from bottega.settings import Settings
from bottega.store.database import Database
from bottega.store.secrets import SecretBox
from tests.support.passwords import quick_passwords

quick_passwords()


class Server:
    """A data folder as a first start leaves it, and the commands on it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.settings = Settings(data_dir=str(folder))
        folder.mkdir()
        self.secrets = SecretBox.open(folder / "master.key")
        self.database = Database(self.settings.database_url)
        upgrade(self.database)
        self.first = bootstrap(self.database, self.settings, self.secrets, "http://127.0.0.1:4711") or {}
        self.iam = IamService(self.database, self.secrets, self.settings)
        self._capsys = capsys

    def run(self, *arguments: str, status: int = 0) -> str:
        """What the command printed: on stdout when it went well, else its one line on stderr."""
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            app(["admin", *arguments, "--data-dir", self.settings.data_dir])
        out, err = self._capsys.readouterr()
        assert (end.value.code or 0) == status, err
        if status:
            assert (out, err.count("\n")) == ("", 1)
            return err.removeprefix("bottega: ").strip()
        return out

    def told(self, *arguments: str) -> dict[str, Any]:
        return json.loads(self.run(*arguments))

    def rights(self, access_key: str) -> frozenset[Right]:
        return self.iam.callers.by_access_key(access_key).principal.rights


@pytest.fixture
def server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    running = Server(tmp_path / "data", capsys)
    yield running
    running.iam.close()
    running.database.close()


def test_add_tenant_prints_credentials_that_work(server: Server) -> None:
    told = server.told("add-tenant", "second")
    assert list(told) == list(server.first)
    assert (told["domain_name"], told["endpoint"]) == ("second", "http://127.0.0.1:4711")
    assert server.iam.callers.by_access_key(told["access_key"]).secret == told["secret_key"]
    assert server.run("add-tenant", "second", status=2) == "tenant name: a tenant named second already exists"
    assert server.run("list-tenants").split()[::2] == ["NAME", "bottega", "second"]


def test_users_groups_and_passwords_are_administered(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    told = server.told("add-user", "ann", "--group", "viewers", "--email", "ann@example.com")
    ann = UserReference(name="ann", domain_name="bottega")
    assert server.iam.tokens.check_password(ann, told["password"]).id == told["user_id"]

    generated = server.run("set-password", "ann", "--generate").strip()
    assert server.iam.tokens.check_password(ann, generated)
    monkeypatch.setattr(sys, "stdin", io.StringIO("a password from stdin\n"))
    assert server.run("set-password", "ann") == ""
    assert server.iam.tokens.check_password(ann, "a password from stdin")
    monkeypatch.setattr(sys, "stdin", io.StringIO("another from stdin\n"))
    assert "password" not in server.told("add-user", "bob", "--password-stdin")
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    assert server.run("set-password", "ann", status=2) == "password: expected 8 to 1024 characters"

    key = server.told("add-access-key", "ann", "--description", "laptop")["access_key"]
    assert server.rights(key) == {Right.VIEW}
    server.run("add-group", "runners", "--rights", "view, execute")
    server.run("grant", "runners", "ann")
    assert server.rights(key) == {Right.VIEW, Right.EXECUTE}
    server.run("withdraw", "runners", "ann")
    assert server.rights(key) == {Right.VIEW}
    server.run("disable-user", "bob")
    lines = [line.split() for line in server.run("list-users").splitlines()]
    assert [(line[0], *line[2:]) for line in lines] == [
        ("NAME", "STATE", "GROUPS"),
        ("admin", "enabled", "administrators"),
        ("ann", "enabled", "viewers"),
        ("bob", "disabled"),
    ]


def test_access_keys_are_listed_without_secrets_and_revoked(server: Server) -> None:
    made = server.told("add-access-key", "admin", "--description", "ci")
    listed = server.run("list-access-keys")
    assert made["access_key"] in listed
    assert made["secret_key"] not in listed
    assert server.rights(made["access_key"]) == set(Right)
    server.run("revoke-access-key", made["access_key"])
    with pytest.raises(Unauthenticated):
        server.rights(made["access_key"])
    assert f"{made['access_key']}  admin  revoked  ci" in server.run("list-access-keys")


def test_limits_are_set_one_by_one(server: Server) -> None:
    assert server.told("set-limits", "bottega", "--concurrency", "3") == {
        "tenant": "bottega",
        "concurrency": 3,
        "queue": server.settings.runs.tenant_queue,
    }
    server.run("set-limits", "bottega", "--queue", "0")
    with server.database.read() as session:
        limit = session.get_one(TenantLimit, server.first["domain_id"])
        assert (limit.concurrency, limit.queue) == (3, 0)
    assert (
        server.run("set-limits", "bottega", "--concurrency", "0", status=2)
        == "--concurrency: expected 1 to 1000000"
    )
    assert server.run("set-limits", "bottega", "--queue", "-1", status=2) == "--queue: expected 0 to 1000000"


def test_what_does_not_exist_is_named(server: Server) -> None:
    for arguments, message in [
        (["add-user", "x", "--tenant", "nowhere"], "tenant nowhere does not exist"),
        (["add-user", "x", "--group", "nowhere"], "group nowhere does not exist"),
        (["set-password", "nobody", "--generate"], "user nobody does not exist"),
        (["grant", "viewers", "nobody"], "user nobody does not exist"),
        (["revoke-access-key", "nothing"], "access key nothing does not exist"),
        (["add-group", "x", "--rights", "fly"], "rights: fly is none of"),
    ]:
        assert message in server.run(*arguments, status=2)
    assert len(server.iam.users.list(server.first["domain_id"])) == 1


def test_commands_work_while_the_server_writes(server: Server) -> None:
    with server.database.write() as session:
        session.execute(text("UPDATE tenants SET created_at = created_at"))
        session.commit()
    assert server.told("add-tenant", "beside")["domain_name"] == "beside"
    server.run("revoke-access-key", server.first["access_key"])
    with pytest.raises(Unauthenticated):
        server.rights(server.first["access_key"])


def test_agents_are_enrolled_listed_and_revoked(server: Server, tmp_path: Path) -> None:
    address = "nats://10.0.0.5:4222"
    told = server.told("add-agent", "builder-1", "--url", address)
    assert (told["name"], told["pool"], told["url"]) == ("builder-1", "default", address)
    file = tmp_path / "builder-2.json"
    assert (
        server.run("add-agent", "builder-2", "--url", address, "--pool", "big", "--output", str(file)) == ""
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    second = load_identity(file)
    agents = AgentRegistry(server.database, server.secrets)
    assert dict(agents.keys()) == {told["agent_id"]: told["key"], second.agent_id: second.key}

    server.run("label-agent", "builder-2", "ssd", "gpu")
    server.run("drain-agent", "builder-2")
    assert server.run("drain-agent", "nobody", status=2) == "agent nobody does not exist"
    assert "'a b' is no label" in server.run("label-agent", "builder-2", "a b", status=2)
    server.run("revoke-agent", "builder-1")
    assert dict(agents.keys()) == {second.agent_id: second.key}
    with server.database.write() as session:
        offer = {"sandbox": "landlock", "refusing": "disk is low"}
        session.get_one(Agent, second.agent_id).last_seen_at = epoch_ms()
        session.get_one(Agent, second.agent_id).offer = offer
    listed = server.run("list-agents")
    assert told["key"] not in listed
    assert second.key not in listed
    lines = [line.split(maxsplit=7) for line in listed.splitlines()[1:]]
    assert lines == [
        ["builder-1", "default", "revoked", "-", "0", "-", "-"],
        ["builder-2", "big", "draining", "-", "0", "landlock", "gpu,ssd", "it is being drained"],
    ]
    server.run("drain-agent", "builder-2", "--undo")
    last = server.run("list-agents").splitlines()[-1].split(maxsplit=7)
    assert (last[2], last[7]) == ("online", "disk is low")
    with server.database.write() as session:
        tools = [{"name": "jdk", "version": "17.0.15", "home": "/usr/lib/jvm/17"}]
        session.get_one(Agent, second.agent_id).offer = {"tools": tools}
    lines = [line.split() for line in server.run("list-agents", "--tools").splitlines()[1:]]
    assert lines == [["builder-2", "jdk", "17.0.15", "/usr/lib/jvm/17"]]


def test_an_agent_that_cannot_be_enrolled_is_refused_and_leaves_nothing(
    server: Server, tmp_path: Path
) -> None:
    good = ["--url", "nats://10.0.0.5:4222"]
    (tmp_path / "taken").touch()
    server.run("add-agent", "old", *good)
    for arguments, message in [
        (["a b", *good], "name: letters, digits"),
        (["new", "--pool", "a b", *good], "pool: letters, digits"),
        (["old", *good], "an agent named old is enrolled already"),
        (["new", "--url", "10.0.0.5:4222"], "--url: expected an address such as nats://"),
        (["new", "--url", "nats://x:y"], "--url: expected an address such as nats://"),
        (["new", *good, "--output", str(tmp_path / "taken")], "taken is there already"),
        (["new", *good, "--output", str(tmp_path / "no" / "x")], "no is not a folder"),
    ]:
        assert message in server.run("add-agent", *arguments, status=2)
    assert server.run("revoke-agent", "new", status=2) == "agent new does not exist"
    assert len(AgentRegistry(server.database, server.secrets).all()) == 1


def test_pools_are_described_limited_and_listed(server: Server) -> None:
    server.run("add-agent", "builder", "--pool", "arm", "--url", "nats://10.0.0.5:4222")
    server.run("set-pool", "big", "--description", "large machines", "--concurrency", "3")
    server.run("set-pool", "default", "--concurrency", "2")
    server.run("set-pool", "big", "--description", "larger ones")
    server.run("set-pool", "default", "--concurrency", "0")
    lines = [line.split(maxsplit=3) for line in server.run("list-pools").splitlines()[1:]]
    assert lines == [["arm", "1", "-"], ["big", "0", "3", "larger ones"], ["default", "0", "-"]]
    for arguments, message in [
        (["a.b"], "name: letters, digits, '_', '-' only, 64 at most"),
        (["big", "--concurrency", "-1"], "concurrency: expected 1 to 1000000"),
    ]:
        assert message in server.run("set-pool", *arguments, status=2)


def test_a_database_is_migrated_once(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BOTTEGA_DATABASE__URL", empty_url)
    printed: list[list[str]] = []
    for _ in range(2):
        with pytest.raises(SystemExit) as end:
            app(["admin", "migrate", "--data-dir", str(tmp_path / "data")])
        out, err = capsys.readouterr()
        assert (end.value.code or 0, err) == (0, "")
        printed.append(out.splitlines())
    assert printed == [
        [f"migrated to {revision}" for revision in revisions()],
        [f"nothing to do: the database is at {revisions()[-1]}"],
    ]
    database = Database(empty_url)
    require_present(database)
    database.close()


def test_the_database_of_a_newer_version_is_named_as_such(server: Server) -> None:
    with server.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for command in ("migrate", "list-users"):
        assert "with a newer version of Bottega" in server.run(command, status=2)


def test_a_damaged_database_and_a_damaged_key_are_named(server: Server) -> None:
    key = server.settings.data / "master.key"
    content = key.read_bytes()
    key.write_bytes(content[:7])
    assert f"{key} is damaged" in server.run("list-users", status=2)
    key.write_bytes(content)
    elsewhere = server.settings.data / "other.db"
    elsewhere.write_text("This is text and no database. " * 100)
    config = server.settings.data / "bottega.toml"
    config.write_text(f'[database]\nurl = "sqlite:///{elsewhere}"\n')
    assert (
        server.run("list-users", status=2) == f"cannot use the database {elsewhere}: file is not a database"
    )


def test_a_folder_that_is_no_servers_is_refused_and_not_created(tmp_path: Path) -> None:
    folder = tmp_path / "nothing"
    start = "from bottega.cli import main; main()"
    command = [sys.executable, "-c", start, "admin", "add-tenant", "x", "--data-dir", str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "is not the data folder of a server" in ended.stderr
    assert not folder.exists()
