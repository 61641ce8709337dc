"""Pushes and merge requests that a webhook tells of start the checks of the tasks that ask for it."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bottega.app import git_rules
from bottega.build.hooks.polling import Polling
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.check.triggers.inbox import note
from bottega.check.triggers.tables import CheckTrigger
from bottega.runs.tables import Run
from tests.build.harness import Server
from tests.build.hooks import forges
from tests.build.hooks.conftest import Hooked
from tests.build.hooks.forges import COMMIT, GONE, URL, gitlab_push, push
from tests.check.scans.checks import new_task, scans_of
from tests.support.databases import seed_project
from tests.support.repositories import Repository

OTHER = "https://git.example.com/group/other.git"
PUSH = {"is_set_push_webhook": True}
MERGE = {"is_set_mr_webhook": True}


def asked(server: Server, project_id: str, body: dict[str, bool], url: str = URL, **more: Any) -> str:
    """A task whose owner has switched triggers on by the API."""
    task_id = new_task(server, project_id, url, **more)
    answer = server.http.put(f"/v4/tasks/{task_id}/webhook", json=body)
    assert answer.status_code == 200, answer.text
    return task_id


def waiting(server: Server) -> list[str]:
    with server.services.database.read() as session:
        return list(session.scalars(select(CheckTrigger.task_id)))


def children(server: Server, task_id: str) -> list[CheckTask]:
    with server.services.database.read() as session:
        return list(session.scalars(select(CheckTask).where(CheckTask.parent_id == task_id)))


def pull_request(action: str = "opened", head: int = 1, **more: Any) -> dict[str, Any]:
    """As GitHub and Gitea tell it."""
    asked = {
        "title": "A feature",
        "head": {"ref": "feature", "sha": COMMIT, "repo": {"id": head}},
        "base": {"ref": "master", "repo": {"id": 1}},
    }
    return {"action": action, "number": 7, "pull_request": asked, "repository": {"clone_url": URL}, **more}


def merge_request(action: str = "open", **more: Any) -> dict[str, Any]:
    """As GitLab and CodeArts Repo tell it."""
    attributes = {
        "iid": 7,
        "title": "A feature",
        "action": action,
        "source_branch": "feature",
        "target_branch": "master",
        "source_project_id": 1,
        "target_project_id": 1,
        "last_commit": {"id": COMMIT},
        **more,
    }
    return {
        "object_kind": "merge_request",
        "object_attributes": attributes,
        "project": {"git_http_url": URL},
    }


def as_pull_request(secret: str, body: bytes) -> dict[str, str]:
    return forges.github(secret, body, "pull_request")


def as_merge_request(secret: str, body: bytes) -> dict[str, str]:
    return forges.gitlab(secret, body, "Merge Request Hook")


def test_a_push_starts_the_checks_that_ask_for_it_and_no_others(hooked: Hooked, server: Server) -> None:
    project = hooked.project_id
    wanted = asked(server, project, PUSH)
    unwanted = asked(server, project, MERGE)
    elsewhere = asked(server, project, PUSH, url=OTHER)
    hooked.sent(push())
    server.services.check_triggers.scan()
    (scan,) = scans_of(server, wanted)
    assert (scan.state, scan.branch, scan.user_name) == ("waiting", "master", "admin")
    with server.services.database.read() as session:
        assert session.get_one(Run, scan.run_id).trigger == "CODE"
    assert scans_of(server, unwanted) == scans_of(server, elsewhere) == waiting(server) == []


def test_a_push_starts_nothing_of_other_projects_and_nothing_that_was_deleted(
    hooked: Hooked, server: Server
) -> None:
    database = server.services.database
    project = seed_project(database, server.callers["alice"], "another")
    stranger = seed_project(database, server.callers["bob"])
    told_nothing = {
        asked(server, project, PUSH),
        new_task(server, hooked.project_id, URL, trigger_on_push=True, deleted_at=1),
        new_task(server, stranger, URL, caller="bob", trigger_on_push=True),
    }
    hooked.sent(push())
    assert told_nothing.isdisjoint(waiting(server))


def test_only_branches_that_have_a_task_are_checked(hooked: Hooked, server: Server) -> None:
    task_id = asked(server, hooked.project_id, PUSH)
    child = new_task(server, hooked.project_id, URL, branch="release", parent_id=task_id)
    for ref in ("refs/heads/feature", "refs/heads/release", "refs/tags/v1"):
        hooked.sent(push(ref))
    hooked.sent(push(after=GONE))
    hooked.sent(push(message="words [skip ci]"))
    server.services.check_triggers.scan()
    assert (len(scans_of(server, child)), scans_of(server, task_id)) == (1, [])


def test_a_push_during_a_check_is_checked_after_it_and_one_that_was_checked_is_not_again(
    hooked: Hooked, server: Server
) -> None:
    task_id = asked(server, hooked.project_id, PUSH)
    assert server.http.post(f"/v2/tasks/{task_id}/run", json={}).status_code == 200
    hooked.sent(push())
    hooked.sent(gitlab_push(), forges.gitlab)
    triggers, database = server.services.check_triggers, server.services.database
    triggers.scan()
    assert (len(scans_of(server, task_id)), waiting(server)) == (1, [task_id])
    with database.write() as session:
        session.execute(update(CheckScan).where(CheckScan.task_id == task_id).values(state="aborted"))
        session.execute(update(CheckTrigger).values(next_try_at=0))
    triggers.scan()
    assert (len(scans_of(server, task_id)), waiting(server)) == (2, [])
    with database.write() as session:
        done = {"state": "success", "commit_id": COMMIT}
        session.execute(update(CheckScan).where(CheckScan.task_id == task_id).values(**done))
    hooked.sent(push())
    triggers.scan()
    assert (len(scans_of(server, task_id)), waiting(server)) == (2, [])


@pytest.mark.parametrize(
    ("payload", "sender", "pushed"),
    [
        (pull_request(), as_pull_request, pull_request("synchronize")),
        (merge_request(), as_merge_request, merge_request("update", oldrev=COMMIT)),
    ],
)
def test_a_merge_request_is_checked_when_it_is_opened_and_pushed_to(
    hooked: Hooked, server: Server, payload: dict[str, Any], sender: Any, pushed: dict[str, Any]
) -> None:
    task_id = asked(server, hooked.project_id, MERGE)
    hooked.sent(payload, sender)
    server.services.check_triggers.scan()
    (child,) = children(server, task_id)
    assert (child.kind, child.task_type, child.branch) == ("mr", "inc", "feature")
    request = child.settings["merge_request"]
    assert (request["target_branch"], request["merge_id"], request["action"]) == ("master", "7", "open")
    (scan,) = scans_of(server, child.id)
    assert (scan.merge_id, scan.mode) == ("7", 4)
    with server.services.database.write() as session:
        session.execute(update(CheckScan).where(CheckScan.id == scan.id).values(state="failed"))
    hooked.sent(pushed, sender)
    server.services.check_triggers.scan()
    assert [len(scans_of(server, one.id)) for one in children(server, task_id)] == [2]


@pytest.mark.parametrize(
    ("payload", "sender"),
    [
        (pull_request("closed"), as_pull_request),
        (pull_request("edited"), as_pull_request),
        (pull_request(head=2), as_pull_request),
        (pull_request(number="seven"), as_pull_request),
        (pull_request(pull_request=[]), as_pull_request),
        (merge_request("update"), as_merge_request),
        (merge_request("merge"), as_merge_request),
        (merge_request(source_project_id=2), as_merge_request),
        (merge_request(source_branch=""), as_merge_request),
    ],
)
def test_what_brings_no_code_of_the_repository_is_not_checked(
    hooked: Hooked, server: Server, payload: dict[str, Any], sender: Any
) -> None:
    task_id = asked(server, hooked.project_id, MERGE)
    hooked.sent(payload, sender)
    assert waiting(server) == []
    server.services.check_triggers.scan()
    assert children(server, task_id) == scans_of(server, task_id) == []


def test_a_push_that_nobody_told_of_is_checked_when_the_server_sees_it(
    server: Server, workshop: str, tmp_path: Path
) -> None:
    services, now = server.services, [2_000_000_000_000]
    origin = Repository(tmp_path / "origin")
    origin.commit("first", app__py="1\n")
    Hooked(server, workshop, url=origin.url)
    task_id = asked(server, workshop, PUSH, url=origin.url)
    polling = Polling(services.builds, git_rules(services.settings), 60.0, lambda: now[0])
    polling.on_news.append(note)

    def look() -> int:
        now[0] += 120_000
        polling.scan()
        polling.wait()
        services.check_triggers.scan()
        return len(scans_of(server, task_id))

    try:
        assert look() == 0
        origin.commit("second", app__py="2\n")
        assert look() == 1
        assert look() == 1
    finally:
        polling.close()


def test_a_task_that_is_deleted_takes_its_news_along(hooked: Hooked, server: Server) -> None:
    task_id = asked(server, hooked.project_id, PUSH)
    hooked.sent(push())
    assert waiting(server) == [task_id]
    assert server.http.delete(f"/v2/tasks/{task_id}").status_code == 200
    server.services.check_triggers.scan()
    assert waiting(server) == []
