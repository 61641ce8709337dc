"""A fix of an issue becomes a commit of its branch."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bottega.audit.tables import AuditEvent
from bottega.check.issues.states import IssueStatus
from bottega.check.issues.tables import CheckIssue
from bottega.check.tasks.tables import CheckTask
from tests.build.harness import Server
from tests.check.making import Scans, finding, result
from tests.scm.forge import publish, serving
from tests.support.repositories import Repository

PATH = "/v1/defects/file-content"
BEFORE = "one()\nstatement_number(2)\nthree()\n"
AFTER = "one()\nmended(2)\nthree()\n"


@pytest.fixture
def bare(tmp_path: Path, repository: Repository) -> Path:
    repository.commit("a shop", **{"src/a__py": BEFORE})
    bare = tmp_path / "forge" / "shop.git"
    publish(repository.path, bare)
    repository.git(f"--git-dir={bare}", "config", "http.receivepack", "true")
    return bare


@pytest.fixture
def url(bare: Path) -> Iterator[str]:
    with serving(bare.parent, user="builder", password="forge-token") as forge:
        yield f"{forge.url}/shop.git"


def new_issue(server: Server, project: str, url: str, **more: str) -> dict[str, str]:
    """A task of the repository, and an issue at the second line of its file."""
    body = {"git_url": url, "git_branch": "master", "language": ["python"], **more}
    made = server.http.post(f"/v2/{project}/task", json=body)
    assert made.status_code == 200, made.text
    task_id = made.json()["task_id"]
    Scans(server.services.database, task_id)(result([finding("src/a.py", line=2)]))
    with server.services.database.read() as session:
        issue_id = session.scalars(select(CheckIssue.id).where(CheckIssue.task_id == task_id)).one()
    return {"taskId": task_id, "mergeKey": issue_id}


@pytest.fixture
def issue(server: Server, workshop: str, url: str) -> dict[str, str]:
    return new_issue(server, workshop, url, username="builder", access_token="forge-token")


def refusal(answer: httpx.Response) -> str:
    assert answer.status_code == 400, answer.text
    return answer.json()["error_msg"]


def submit(server: Server, issue: dict[str, str], content: str, **more: Any) -> httpx.Response:
    return server.http.put(PATH, json={**issue, "content": content, **more})


def test_a_fix_is_committed_and_noted(
    server: Server, workshop: str, repository: Repository, bare: Path, issue: dict[str, str]
) -> None:
    asked = {"task_id": issue["taskId"], "merge_key": issue["mergeKey"]}
    assert server.http.get(PATH, params=asked).json()["result"]["content"] == "statement_number(2)"
    whole = server.http.get(PATH, params={**asked, "whole": "true"}).json()["result"]
    assert (whole["content"], whole["startLine"]) == (BEFORE, 1)
    assert whole["commitId"] == repository.git("rev-parse", "HEAD")

    done = server.http.put(
        PATH, params={"project_id": workshop}, json={**issue, "content": AFTER, "message": "Mend the shop"}
    )
    commit = done.json()["result"]["commitId"]
    assert repository.git(f"--git-dir={bare}", "rev-parse", "master") == commit
    assert repository.git(f"--git-dir={bare}", "log", "-1", "--format=%an %s", commit) == (
        f"{server.callers['alice'].user_name} Mend the shop"
    )
    assert repository.git(f"--git-dir={bare}", "show", f"{commit}:src/a.py") == AFTER.rstrip()
    shown = server.http.get("/v1/defect", params=asked).json()["result"]
    assert (shown["statusId"], shown["history"][-1]["comment"]) == ("0", f"fix committed: {commit}")
    with server.services.database.read() as session:
        noted = select(AuditEvent.detail).where(
            AuditEvent.resource_id == issue["taskId"], AuditEvent.name == "commitIssueFix"
        )
        assert session.scalars(noted).one() == f"src/a.py: {commit}"
    assert "has changed since the check" in refusal(submit(server, issue, BEFORE))


def test_what_is_no_fix_changes_nothing(
    server: Server, repository: Repository, bare: Path, issue: dict[str, str]
) -> None:
    for content, message in (
        (BEFORE, "content: is what the file already has"),
        ("mended(2)", "content: must be the whole file"),
        ("one()\0", "content: must be a text"),
        ("x" * (1 << 20) + "x", "content: must be a text of at most 1048576 bytes"),
    ):
        assert refusal(submit(server, issue, content)).startswith(message)
    assert refusal(submit(server, issue, AFTER, message="\0")).startswith("message: ")
    assert submit(server, {**issue, "mergeKey": "0" * 32}, AFTER).status_code == 404
    database = server.services.database
    with database.write() as session:
        session.get_one(CheckIssue, issue["mergeKey"]).status = IssueStatus.FIXED
    assert "was closed by a check" in refusal(submit(server, issue, AFTER))
    with database.write() as session:
        session.get_one(CheckIssue, issue["mergeKey"]).status = IssueStatus.OPEN
        session.get_one(CheckTask, issue["taskId"]).kind = "tag"
    assert "a tag is not changed" in refusal(submit(server, issue, AFTER))
    assert repository.git(f"--git-dir={bare}", "rev-parse", "master") == repository.git("rev-parse", "HEAD")


def test_only_a_token_of_the_task_itself_pushes(
    server: Server, workshop: str, repository: Repository
) -> None:
    repository.commit("a shop", **{"src/a__py": BEFORE})
    issue = new_issue(server, workshop, repository.url)
    before = repository.git("rev-parse", "HEAD")
    assert "has no access_token of its own" in refusal(submit(server, issue, AFTER))
    assert repository.git("rev-parse", "HEAD") == before
