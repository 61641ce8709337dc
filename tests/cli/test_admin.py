"""The admin commands on a real data folder."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bottega.cli import app
from bottega.iam.bootstrap import bootstrap
from bottega.iam.errors import Unauthenticated
from bottega.iam.principal import Right
from bottega.iam.service import IamService
from bottega.iam.tokens import UserReference
from bottega.migrate import upgrade
from bottega.runs.tables import TenantLimit
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
        == "--concurrency: expected 1 or more"
    )
    assert server.run("set-limits", "bottega", "--queue", "-1", status=2) == "--queue: expected 0 or more"


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


def test_a_folder_that_is_no_servers_is_refused_and_not_created(tmp_path: Path) -> None:
    folder = tmp_path / "nothing"
    start = "from bottega.cli import main; main()"
    command = [sys.executable, "-c", start, "admin", "add-tenant", "x", "--data-dir", str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "is not the data folder of a server" in ended.stderr
    assert not folder.exists()
