"""Where no webhook tells of pushes, the server looks at the repositories of check tasks that ask for it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from bottega.app import git_rules
from bottega.build.looking import Looking
from bottega.check.triggers import watched as watched_module
from bottega.check.triggers.tables import NO_BRANCH, CheckTrigger, CheckWatch
from bottega.check.triggers.watched import WatchedChecks
from bottega.polling import Rounds
from bottega.scm.failures import ScmError
from tests.build.harness import Server
from tests.build.hooks.conftest import Hooked
from tests.build.hooks.forges import push
from tests.check.scans.checks import new_task
from tests.check.triggers.test_triggers import MERGE, PUSH, as_pull_request, asked, pull_request
from tests.scm.forge import publish, serving
from tests.support.repositories import Repository

SECONDS = 60.0


class Looked:
    """Looks by a clock of the tests, and the questions that were asked."""

    def __init__(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server = server
        self.services = server.services
        self.now = 2_000_000_000_000
        self.asked: list[str] = []
        with self.services.database.write() as session:
            # Tests before this one have left repositories that are not there.
            session.execute(delete(CheckWatch))
        self.looking = Looking(git_rules(self.services.settings), "looking")
        self.rounds = Rounds(SECONDS, lambda: self.now)
        self.rounds.sources.append(WatchedChecks(self.services.database, self.services.secrets, self.looking))
        listing = watched_module.list_refs

        def counted(url: str, *given: Any, **more: Any) -> Any:
            self.asked.append(url)
            return listing(url, *given, **more)

        monkeypatch.setattr(watched_module, "list_refs", counted)

    def look(self, later: float = 2 * SECONDS) -> None:
        """Let time pass, and look at what is due then."""
        self.now += int(later * 1000)
        self.rounds.scan()
        self.rounds.wait()

    def watch(self, task_id: str) -> CheckWatch | None:
        with self.services.database.read() as session:
            return session.get(CheckWatch, task_id)

    def news(self, task_id: str) -> dict[str, str]:
        """Commit by subject of what is to be checked."""
        with self.services.database.read() as session:
            rows = session.scalars(select(CheckTrigger).where(CheckTrigger.task_id == task_id))
            return {row.subject: row.news["commit"] for row in rows}


@pytest.fixture
def looked(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Looked]:
    made = Looked(server, monkeypatch)
    yield made
    made.rounds.stop()
    made.looking.close()
    made.rounds.close()


@pytest.fixture
def origin(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "origin")
    made.commit("first", app__py="1\n")
    return made


def test_a_branch_that_moves_is_checked_and_the_first_look_only_notes_where_it_is(
    looked: Looked, server: Server, workshop: str, origin: Repository
) -> None:
    task_id = asked(server, workshop, PUSH, url=origin.url)
    looked.look()
    looked.look()
    assert looked.news(task_id) == {}
    head = origin.commit("second", app__py="2\n")
    looked.look()
    assert looked.news(task_id) == {"push master": head}
    watch = looked.watch(task_id)
    assert watch is not None
    assert (watch.heads, watch.failures, watch.error) == ({"master": head}, 0, "")
    server.services.check_triggers.scan()
    assert looked.news(task_id) == {}
    looked.look()
    assert looked.news(task_id) == {}


def test_only_branches_that_have_a_task_are_looked_after(
    looked: Looked, server: Server, workshop: str, origin: Repository
) -> None:
    task_id = asked(server, workshop, PUSH, url=origin.url)
    for branch in ("feature", "later"):
        new_task(server, workshop, origin.url, branch=branch, parent_id=task_id)
    origin.git("branch", "feature")
    origin.git("branch", "other")
    looked.look()
    watch = looked.watch(task_id)
    assert watch is not None
    assert watch.heads.keys() == {"master", "feature", "later"}
    assert watch.heads["later"] == NO_BRANCH
    origin.git("branch", "later")
    origin.git("checkout", "--quiet", "other")
    origin.commit("elsewhere", app__py="3\n")
    looked.look()
    assert looked.news(task_id).keys() == {"push later"}


def test_a_commit_whose_message_says_so_is_not_checked(
    looked: Looked, server: Server, workshop: str, origin: Repository
) -> None:
    task_id = asked(server, workshop, PUSH, url=origin.url)
    looked.look()
    origin.commit("typo [skip ci]", app__py="2\n")
    looked.look()
    assert looked.news(task_id) == {}
    head = origin.commit("third", app__py="3\n")
    looked.look()
    assert looked.news(task_id) == {"push master": head}


def test_a_message_that_was_cut_off_by_the_end_of_the_server_starts_no_check(
    looked: Looked, server: Server, workshop: str, origin: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = asked(server, workshop, PUSH, url=origin.url)
    looked.look()
    before = looked.watch(task_id)
    origin.commit("typo [skip ci]", app__py="2\n")

    def cut_off(*_: Any, **__: Any) -> Any:
        looked.looking.close()
        raise ScmError("git was ended")

    monkeypatch.setattr(watched_module, "open_snapshot", cut_off)
    looked.look()
    after = looked.watch(task_id)
    assert before is not None
    assert after is not None
    assert (looked.news(task_id), after.heads) == ({}, before.heads)


def test_families_of_one_repository_cost_one_question_and_those_that_do_not_ask_none(
    looked: Looked, server: Server, workshop: str, origin: Repository
) -> None:
    ids = [asked(server, workshop, PUSH, url=origin.url) for _ in range(3)]
    silent = asked(server, workshop, {"is_set_mr_webhook": True}, url=origin.url)
    looked.look()
    head = origin.commit("second", app__py="2\n")
    looked.look()
    assert looked.asked == [origin.url, origin.url]
    assert [looked.news(one) for one in ids] == [{"push master": head}] * 3
    writes = server.services.database.write_transactions
    looked.look()
    assert looked.asked == [origin.url] * 3
    # To have the question, and that it was answered: nothing has moved.
    assert server.services.database.write_transactions == writes + 2
    assert looked.watch(silent) is None
    answer = server.http.put(f"/v4/tasks/{ids[0]}/webhook", json={"is_set_push_webhook": False})
    assert answer.status_code == 200
    assert looked.watch(ids[0]) is None


def test_a_private_repository_is_opened_by_the_credentials_of_its_task_alone(
    looked: Looked, server: Server, workshop: str, origin: Repository, tmp_path: Path
) -> None:
    bare = tmp_path / "web/app.git"
    publish(origin.path, bare)
    with serving(tmp_path / "web", user="ann", password="token") as forge:
        url = f"{forge.url}/app.git"
        body = {"git_url": url, "git_branch": "master", "language": ["python"]}
        secret = {"username": "ann", "access_token": "token"}
        tasks: list[str] = []
        for given in (secret, {}):
            made = server.http.post(f"/v2/{workshop}/task", json={**body, **given})
            assert made.status_code == 200, made.text
            tasks.append(made.json()["task_id"])
            server.http.put(f"/v4/tasks/{tasks[-1]}/webhook", json=PUSH)
        looked.look()
        origin.commit("second", app__py="2\n")
        origin.git("push", "--quiet", str(bare), "master")
        looked.look()
        opened, closed = (looked.watch(task_id) for task_id in tasks)
    assert opened is not None
    assert closed is not None
    assert looked.news(tasks[0]).keys() == {"push master"}
    assert (opened.error, opened.failures) == ("", 0)
    assert looked.news(tasks[1]) == {}
    assert closed.heads == {}
    assert closed.failures >= 1
    assert "token" not in closed.error


def test_a_repository_that_does_not_answer_is_asked_less_often(
    looked: Looked, server: Server, workshop: str, tmp_path: Path
) -> None:
    task_id = asked(server, workshop, PUSH, url=f"file://{tmp_path}/gone")
    for failures in (1, 2):
        looked.look(2 * SECONDS * failures)
        watch = looked.watch(task_id)
        assert watch is not None
        assert watch.failures == failures
        assert watch.error
    looked.look(SECONDS)
    assert len(looked.asked) == 2


def test_what_a_webhook_tells_of_is_not_looked_at(looked: Looked, hooked: Hooked, server: Server) -> None:
    task_id = asked(server, hooked.project_id, PUSH)
    hooked.sent(push())
    assert looked.news(task_id).keys() == {"push master"}
    watch = looked.watch(task_id)
    assert watch is not None
    looked.now = watch.next_at - 1
    looked.rounds.scan()
    looked.rounds.wait()
    assert looked.asked == []


def test_a_webhook_that_tells_of_merge_requests_alone_leaves_pushes_to_looks(
    looked: Looked, hooked: Hooked, server: Server
) -> None:
    task_id = asked(server, hooked.project_id, {**PUSH, **MERGE})
    before = looked.watch(task_id)
    hooked.sent(pull_request(), as_pull_request)
    assert looked.news(task_id).keys() == {"merge 7"}
    after = looked.watch(task_id)
    assert before is not None
    assert after is not None
    assert after.next_at == before.next_at


def test_a_task_that_is_moved_to_another_repository_is_looked_at_anew_and_a_deleted_one_is_not(
    looked: Looked, server: Server, workshop: str, origin: Repository, tmp_path: Path
) -> None:
    task_id = asked(server, workshop, PUSH, url=origin.url)
    looked.look()
    other = Repository(tmp_path / "other")
    other.commit("elsewhere", app__py="5\n")
    answer = server.http.put(f"/v2/pipeline-task/{task_id}", json={"repo_url": other.url})
    assert answer.status_code == 200, answer.text
    looked.look()
    assert looked.asked == [origin.url, other.url]
    assert looked.news(task_id) == {}
    assert server.http.delete(f"/v2/tasks/{task_id}").status_code == 200
    looked.look()
    assert looked.asked == [origin.url, other.url]
    server.services.check_removal.sweep()
    assert looked.watch(task_id) is None


def test_families_that_asked_before_the_server_looked_are_found(
    looked: Looked, server: Server, workshop: str, origin: Repository
) -> None:
    task_id = new_task(server, workshop, origin.url, trigger_on_push=True)
    with server.services.database.write() as session:
        principal = server.callers["alice"]
        unknown = {"url": "", "url_key": "", "host": "", "next_at": 0}
        session.add(CheckWatch(task_id=task_id, tenant_id=principal.tenant_id, heads={}, **unknown))
    looked.look()
    watch = looked.watch(task_id)
    assert watch is not None
    assert watch.heads.keys() == {"master"}
