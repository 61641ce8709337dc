"""Branches and tags of real repositories."""

from pathlib import Path
from typing import Any

import pytest

from bottega.settings import ScmCredential, ScmSettings
from tests.build.api.test_runs import new_task
from tests.build.harness import Server, build_server, new_callers
from tests.build.permissions.people import LOOKER, colleague
from tests.scm.forge import publish, serving
from tests.scm.origins import Origin
from tests.support.databases import seed_project

TAGS, BRANCHES = "/v1/code/tags", "/v1/code/git-code/e1/branches"
REPOSITORIES = "/v1/code/git-code/e1/repositories"


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Origin:
    """A repository with three branches and twelve tags."""
    made = Origin(tmp_path_factory.mktemp("code") / "origin")
    made.commit("first", file="1")
    for number in range(12):
        made.git("tag", f"v{number:02}")
    for name in ("feature/a", "a"):
        made.git("branch", name)
    made.commit("second", file="2")
    return made


@pytest.fixture(scope="module")
def server(shared_server: Server) -> Server:
    return new_callers(shared_server)


@pytest.fixture(scope="module", autouse=True)
def tasks(server: Server, origin: Origin) -> None:
    """One task of alice's, whose source is the repository."""
    project_id = seed_project(server.builds.database, server.callers["alice"])
    scm = {"url": origin.url, "scm_type": "codehub", "repo_id": "77", "endpoint_id": "e1"}
    new_task(server, project_id, "task", scms=[scm])


def asked(server: Server, path: str, **query: Any) -> Any:
    answer = server.http.get(path, params={"scm_type": "codehub", **query})
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def test_the_tags_of_a_tasks_repository_come_in_pages(server: Server, origin: Origin) -> None:
    first = asked(server, TAGS, repo_id="77")
    names = [f"v{number:02}" for number in range(12)]
    assert (first["total"], [tag["name"] for tag in first["tag_list"]]) == (12, names[:10])
    assert first["tags"] == first["tag_list"]
    assert first["tag_list"][0]["commit_id"] == origin.git("rev-parse", "v00")
    second = asked(server, TAGS, repo_id=origin.url, page_no=2)
    assert [tag["name"] for tag in second["tag_list"]] == names[10:]
    assert asked(server, TAGS, repo_id="77", page_no=3)["tag_list"] == []
    some = asked(server, TAGS, repo_id="77", search="V1", page_size=1)
    assert (some["total"], [tag["name"] for tag in some["tag_list"]]) == (2, ["v10"])


def test_the_default_branch_comes_first(server: Server, origin: Origin) -> None:
    rows = asked(server, BRANCHES, repo_id="77")
    assert [row["name"] for row in rows] == ["main", "a", "feature/a"]
    head = origin.git("rev-parse", "main")
    assert rows[0]["commit"] == {"id": head, "title": None, "message": None}
    assert asked(server, BRANCHES) == asked(server, BRANCHES, repository_name="origin", repo_id="77") == rows
    assert asked(server, BRANCHES, page_size=2, page=2) == rows[2:]
    assert asked(server, BRANCHES, limit=1, offset=1) == rows[1:2]
    assert asked(server, BRANCHES, search="FEATURE") == rows[2:]


def test_the_repositories_of_an_endpoint_are_those_of_its_tasks(server: Server, origin: Origin) -> None:
    row = {"id": "77", "uuid": None, "name": "origin", "http_url": None, "git_url": origin.url}
    assert asked(server, REPOSITORIES) == asked(server, REPOSITORIES, ids="76,77", search="orig") == [row]
    assert asked(server, REPOSITORIES, ids="76") == asked(server, REPOSITORIES, page=2) == []
    assert asked(server, REPOSITORIES.replace("e1", "e2")) == []


def test_what_cannot_be_asked_is_refused_with_a_reason(server: Server, origin: Origin) -> None:
    data = server.services.settings.data
    for path, query, status, reason in (
        (TAGS, {"repo_id": "78"}, 422, "no build task that you may view names the repository 78"),
        (TAGS, {}, 400, "repo_id: is required"),
        (TAGS, {"repo_id": "x" * 3000}, 400, "repo_id: is longer"),
        (TAGS, {"repo_id": "77", "page_no": 0}, 400, "page_no"),
        (TAGS, {"repo_id": "77", "page_size": 101}, 400, "page_size"),
        (BRANCHES.replace("e1", "e2"), {}, 400, "repo_id: is required"),
        (BRANCHES, {"page": 0}, 400, "page"),
        (BRANCHES, {"offset": -1}, 400, "offset"),
        (BRANCHES, {"repo_id": f"{origin.url}x"}, 400, "there is no repository at this address"),
        (BRANCHES, {"repo_id": "ext::sh -c id"}, 400, "transport helper"),
        (BRANCHES, {"repo_id": "--upload-pack=a/b"}, 400, "repo_id"),
        (BRANCHES, {"repo_id": "http://169.254.169.254/latest"}, 400, "repo_id"),
        (BRANCHES, {"repo_id": f"file://{data}/objects"}, 400, "server's own data"),
        (BRANCHES, {"repo_id": "a\0b"}, 400, "repo_id"),
        (REPOSITORIES.replace("e1", "e" * 65), {}, 400, "endpoint_id"),
        (REPOSITORIES, {"ids": ",".join(map(str, range(101)))}, 400, "ids"),
    ):
        answer = server.http.get(path, params={"scm_type": "codehub", **query})
        assert (answer.status_code, reason in answer.json()["error_msg"]) == (status, True), answer.text
    assert server.http.get(TAGS, params={"repo_id": "77"}).status_code == 400


def test_who_may_only_look_asks_the_repositories_of_tasks_and_no_others(
    server: Server, origin: Origin, tmp_path: Path
) -> None:
    alice = server.callers["alice"]
    server.callers["looker"] = colleague(server.builds.database, alice, "looker", LOOKER)
    other = Origin(tmp_path / "other")
    other.commit("first", file="1")
    query = {"scm_type": "codehub"}
    with server.caller("looker") as looker, server.caller("bob") as bob:
        for key, status in (("77", 200), (origin.url, 200), (other.url, 403), ("78", 422)):
            assert looker.get(TAGS, params={**query, "repo_id": key}).status_code == status, key
            assert looker.get(BRANCHES, params={"repo_id": key}).status_code == status, key
        never = bob.get(TAGS, params={**query, "repo_id": "78"})
        theirs = bob.get(TAGS, params={**query, "repo_id": "77"})
        assert theirs.status_code == never.status_code == 422
        assert theirs.text.replace("77", "78") == never.text
        assert bob.get(REPOSITORIES).json()["result"] == []
    assert [row["name"] for row in asked(server, BRANCHES, repo_id=other.url)] == ["main"]


def test_private_repositories_are_asked_with_the_servers_credentials(origin: Origin, tmp_path: Path) -> None:
    publish(origin.path, tmp_path / "web/app.git")
    (tmp_path / "password").write_text("pa$$word\n")
    with serving(tmp_path / "web", user="ada", password="pa$$word") as forge:
        credential = ScmCredential(
            host=forge.url.removeprefix("http://"), username="ada", secret_file=str(tmp_path / "password")
        )
        for credentials in ([], [credential]):
            folder = tmp_path / f"with-{len(credentials)}"
            scm = ScmSettings(credentials=credentials, allow_http=True)
            with build_server(folder, scm=scm) as server:
                new_callers(server)
                answer = server.http.get(BRANCHES, params={"repo_id": f"{forge.url}/app.git"})
                assert answer.status_code == (200 if credentials else 400)
                assert ("access was denied" in answer.text) is not bool(credentials)
                assert "pa$$word" not in answer.text
