"""Finding the repositories that tasks name, on both databases."""

import itertools
from typing import Any

import pytest

from bottega.build.code import repositories
from bottega.build.code.repositories import Repository, RepositoryFilter
from bottega.build.permissions.service import PermissionService
from bottega.build.service import BuildService
from bottega.iam.principal import Principal
from bottega.projects.roles import DEVELOPER
from bottega.store.database import Database
from tests.build.permissions.people import WORKER, colleague
from tests.build.test_service import definition
from tests.support.databases import seed_project

APP = "https://git.example.com/group/app.git"
TOOL = "git@git.example.com:group/tool.git"
_names = itertools.count()


def task(builds: BuildService, who: Principal, project_id: str, url: str = "", **scm: Any) -> str:
    scms = [{"url": url, "scm_type": "codehub", **scm}] if url else []
    return builds.create(who, project_id, f"task-{next(_names)}", definition(scms=scms)).id


def listed(database: Database, who: Principal, **where: Any) -> list[Repository]:
    with database.read() as session:
        return repositories.page(session, who, RepositoryFilter(**where), offset=0, limit=10)


def found(database: Database, who: Principal, key: str, endpoint_id: str = "") -> str | None:
    with database.read() as session:
        repository = repositories.find(session, who, key, endpoint_id)
    return repository.url if repository else None


@pytest.fixture
def named(builds: BuildService, alice: Principal, project_id: str) -> None:
    """Two repositories: one of two tasks, of which only one knows its id, and one without id or name."""
    task(builds, alice, project_id)
    task(builds, alice, project_id, APP)
    task(builds, alice, project_id, APP, repo_id=21, repo_name="shop", endpoint_id="e1")
    task(builds, alice, project_id, TOOL, end_point_id="e1")


@pytest.mark.usefixtures("named")
def test_each_repository_is_listed_once(database: Database, alice: Principal) -> None:
    app = Repository(url=APP, id="21", name="shop")
    tool = Repository(url=TOOL, id="", name="tool")
    assert listed(database, alice) == listed(database, alice, endpoint_id="e1") == [tool, app]
    assert listed(database, alice, endpoint_id="e2") == []
    assert listed(database, alice, text="SHO") == listed(database, alice, ids=["21", "22"]) == [app]
    assert listed(database, alice, text="tool.git") == [tool]
    assert listed(database, alice, text="%") == []
    with database.read() as session:
        assert repositories.page(session, alice, RepositoryFilter(), offset=1, limit=1) == [app]


@pytest.mark.usefixtures("named")
def test_a_repository_is_found_by_id_name_or_url(database: Database, alice: Principal) -> None:
    assert {found(database, alice, key) for key in ("21", "shop", APP)} == {APP}
    assert found(database, alice, TOOL) == TOOL
    assert found(database, alice, TOOL, "e1") == TOOL
    assert [found(database, alice, key) for key in ("22", "app", "", "tool", "' or 1=1")] == [None] * 5
    assert found(database, alice, APP, "e2") is None


def test_an_id_decides_before_a_name(
    database: Database, builds: BuildService, alice: Principal, project_id: str
) -> None:
    task(builds, alice, project_id, APP, repo_name="21")
    task(builds, alice, project_id, TOOL, repo_id="21")
    assert found(database, alice, "21") == TOOL


@pytest.mark.usefixtures("named")
def test_repositories_of_another_tenant_do_not_exist(
    database: Database, builds: BuildService, bob: Principal
) -> None:
    task(builds, bob, seed_project(database, bob), "https://git.example.com/bob.git", repo_id="7")
    assert [one.id for one in listed(database, bob)] == ["7"]
    assert found(database, bob, "21") is None
    assert found(database, bob, APP) is None


def test_only_what_tasks_in_view_name_is_shown(
    database: Database, builds: BuildService, alice: Principal, project_id: str
) -> None:
    hidden = task(builds, alice, project_id, APP, repo_id="1")
    task(builds, alice, project_id, TOOL, repo_id="2")
    gone = task(builds, alice, project_id, "https://git.example.com/gone.git", repo_id="3")
    builds.delete(alice, gone)
    permissions = PermissionService(database, builds.zone)
    permissions.replace(alice, project_id, [hidden], {DEVELOPER: frozenset()})
    worker = colleague(database, alice, "worker", WORKER)
    assert [one.id for one in listed(database, worker)] == ["2"]
    assert found(database, worker, "1") is None
    assert [one.id for one in listed(database, alice)] == ["2", "1"]
    assert listed(database, colleague(database, alice, "nobody", frozenset())) == []
