"""The first start."""

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bottega.iam import bootstrap as module
from bottega.iam.bootstrap import bootstrap
from bottega.iam.service import IamService
from bottega.iam.tables import Tenant
from bottega.iam.tokens import UserReference
from bottega.projects.service import require_project
from bottega.settings import Settings
from bottega.store.database import Database
from bottega.store.secrets import SecretBox
from tests.support.passwords import quick_passwords

quick_passwords()

KEYS = [
    "endpoint",
    "domain_name",
    "domain_id",
    "user_name",
    "user_id",
    "password",
    "iam_project_id",
    "iam_project_name",
    "project_id",
    "access_key",
    "secret_key",
]
SECRETS = SecretBox(b"k" * 32)
ENDPOINT = "http://127.0.0.1:8080"


def settings_in(folder: Path) -> Settings:
    return Settings(data_dir=str(folder / "data"))


def test_the_first_start_makes_everything_one_needs_to_begin(database: Database, tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    written = bootstrap(database, settings, SECRETS, ENDPOINT)
    path = tmp_path / "data" / "credentials.json"
    assert json.loads(path.read_text()) == written
    assert written is not None
    assert list(written) == KEYS
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["credentials.json"]
    assert (written["domain_name"], written["user_name"]) == ("bottega", "admin")
    iam = IamService(database, SECRETS, settings)
    who = UserReference(name=written["user_name"], domain_name=written["domain_name"])
    assert iam.tokens.check_password(who, written["password"]).id == written["user_id"]
    holder = iam.callers.by_access_key(written["access_key"])
    assert holder.secret == written["secret_key"]
    assert holder.iam_projects == {written["iam_project_id"]: "cn-north-4"}
    assert [group.name for group in iam.groups.list(written["domain_id"])] == [
        "administrators",
        "developers",
        "viewers",
    ]
    with database.read() as session:
        require_project(session, written["domain_id"], written["project_id"])
    iam.close()


def test_later_starts_change_nothing(database: Database, tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    bootstrap(database, settings, SECRETS, ENDPOINT)
    path = tmp_path / "data" / "credentials.json"
    path.write_text("edited")
    assert bootstrap(database, settings, SECRETS, ENDPOINT) is None
    assert path.read_text() == "edited"
    path.unlink()
    assert bootstrap(database, settings, SECRETS, ENDPOINT) is None
    assert not path.exists()


def test_a_start_killed_before_the_file_was_in_place_is_completed(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_in(tmp_path)

    def killed(_pending: Path, _path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "_put_in_place", killed)
        with pytest.raises(KeyboardInterrupt):
            bootstrap(sqlite_database, settings, SECRETS, ENDPOINT)
    path = tmp_path / "data" / "credentials.json"
    assert not path.exists()
    assert bootstrap(sqlite_database, settings, SECRETS, ENDPOINT) is None
    iam = IamService(sqlite_database, SECRETS, settings)
    assert iam.callers.by_access_key(json.loads(path.read_text())["access_key"])
    iam.close()


def test_a_start_that_fails_leaves_no_tenant(sqlite_database: Database, tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(OSError, match="File exists"):
        bootstrap(sqlite_database, settings, SECRETS, ENDPOINT)
    with sqlite_database.read() as session:
        assert session.scalar(select(func.count()).select_from(Tenant)) == 0


def test_the_file_of_an_earlier_database_is_kept_aside(sqlite_database: Database, tmp_path: Path) -> None:
    path = tmp_path / "data" / "credentials.json"
    path.parent.mkdir()
    path.write_text("old")
    path.with_suffix(".json.new").write_text("left over")
    written = bootstrap(sqlite_database, settings_in(tmp_path), SECRETS, ENDPOINT)
    assert json.loads(path.read_text()) == written
    assert sorted(entry.read_text() == "old" for entry in path.parent.iterdir()) == [False, True]
