"""Where no webhook tells of pushes, the server looks, and builds what has moved, once."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bottega.app import git_rules
from bottega.build import looking
from bottega.build.definition import Definition
from bottega.build.hooks import moved
from bottega.build.hooks.filters import HookChoice
from bottega.build.hooks.polling import Polling
from bottega.build.hooks.service import HookService
from bottega.build.hooks.tables import NO_BRANCH, Hook, Watch
from bottega.build.recycling.purging import Purge
from bottega.build.recycling.service import RecycleBin
from bottega.build.service import BuildService
from bottega.build.task_states import TaskStates
from bottega.build.wire import CreateBuildJobScm
from bottega.iam.principal import Principal
from bottega.iam.tables import User
from bottega.polling import PER_HOST
from bottega.runs.tables import Run
from bottega.settings import Settings
from bottega.store.database import Database
from bottega.store.secrets import SecretBox
from tests.build.conftest import make_service
from tests.scm.forge import publish, serving
from tests.support.repositories import Repository
from tests.support.waiting import eventually

SECONDS = 60.0


def pushed(url: str, branch: str = "master", *, automatic: bool = True, **more: Any) -> Definition:
    """The configuration of a task that is built by pushes."""
    scm = CreateBuildJobScm(url=url, branch=branch, is_auto_build=automatic, **more)
    return Definition(arch="x86-64", steps=[], scms=[scm])


class Looked:
    """A service that looks, by a clock of the tests, and the questions it has asked."""

    def __init__(self, builds: BuildService, settings: Settings) -> None:
        self.builds = builds
        self.now = 2_000_000_000_000
        self.polling = Polling(builds, git_rules(settings), SECONDS, lambda: self.now)
        self.asked: list[str] = []

    def look(self, later: float = 2 * SECONDS) -> None:
        """Let time pass, and look at what is due then."""
        self.now += int(later * 1000)
        self.polling.scan()
        self.polling.wait()

    def watch(self, task_id: str) -> Watch | None:
        with self.builds.database.read() as session:
            return session.get(Watch, task_id)

    def runs(self, task_id: str) -> list[Run]:
        with self.builds.database.read() as session:
            return list(session.scalars(select(Run).where(Run.task_id == task_id).order_by(Run.number)))

    def commits(self, task_id: str) -> list[str]:
        return [run.commit_id for run in self.runs(task_id)]


@pytest.fixture
def looked(builds: BuildService, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Looked]:
    made = Looked(builds, settings)
    listing = looking.list_refs

    def counted(url: str, *given: Any, **more: Any) -> Any:
        made.asked.append(url)
        return listing(url, *given, **more)

    monkeypatch.setattr(looking, "list_refs", counted)
    yield made
    made.polling.close()


@pytest.fixture
def task_id(builds: BuildService, alice: Principal, project_id: str, repository: Repository) -> str:
    return builds.create(alice, project_id, "task", pushed(repository.url)).id


def test_a_branch_that_moves_is_built_and_one_that_stays_is_not(
    looked: Looked, task_id: str, repository: Repository
) -> None:
    looked.look()
    looked.look()
    assert looked.commits(task_id) == []
    head = repository.commit("a change")
    looked.look()
    looked.look()
    (run,) = looked.runs(task_id)
    assert (run.commit_id, run.branch, run.trigger, run.state) == (head, "master", "CODE", "QUEUED")
    repository.commit("one")
    newest = repository.commit("two")
    looked.look()
    assert looked.commits(task_id) == [head, newest]


def test_a_commit_whose_message_says_so_is_not_built_and_the_next_one_is(
    looked: Looked, task_id: str, repository: Repository
) -> None:
    looked.look()
    skipped = repository.commit("typo\n\nof the page [Skip CI]")
    looked.look()
    assert looked.commits(task_id) == []
    watch = looked.watch(task_id)
    assert watch is not None
    assert (watch.commit_id, watch.error) == (skipped, "the message of the newest commit says [skip ci]")
    head = repository.commit("a change")
    looked.look()
    assert looked.commits(task_id) == [head]


def test_a_commit_whose_message_cannot_be_read_is_built(
    looked: Looked,
    builds: BuildService,
    alice: Principal,
    project_id: str,
    repository: Repository,
    tmp_path: Path,
) -> None:
    bare = tmp_path / "web/app.git"
    publish(repository.path, bare)
    with serving(tmp_path / "web", dumb=True) as forge:
        task_id = builds.create(alice, project_id, "task", pushed(f"{forge.url}/app.git")).id
        looked.look()
        head = repository.commit("a change [skip ci]")
        repository.git("push", "--quiet", str(bare), "master")
        repository.git(f"--git-dir={bare}", "update-server-info")
        looked.look()
    assert looked.commits(task_id) == [head]


def test_a_repository_is_not_asked_before_its_time(looked: Looked, task_id: str) -> None:
    looked.look()
    looked.look(SECONDS / 2)
    assert len(looked.asked) == 1
    looked.look(SECONDS)
    assert len(looked.asked) == 2


def test_many_tasks_of_one_repository_cost_one_question(
    looked: Looked, builds: BuildService, alice: Principal, project_id: str, repository: Repository
) -> None:
    ids = [builds.create(alice, project_id, f"task-{n}", pushed(repository.url)).id for n in range(5)]
    repository.git("branch", "other")
    other = builds.create(alice, project_id, "other", pushed(repository.url + "/", "other")).id
    looked.look()
    head = repository.commit("a change")
    looked.look()
    assert len(looked.asked) == 2
    assert [looked.commits(one) for one in ids] == [[head]] * 5
    assert looked.commits(other) == []


def test_a_branch_that_is_made_later_is_built(
    looked: Looked, builds: BuildService, alice: Principal, project_id: str, repository: Repository
) -> None:
    task_id = builds.create(alice, project_id, "task", pushed(repository.url, "new")).id
    looked.look()
    watch = looked.watch(task_id)
    assert watch is not None
    assert watch.commit_id == NO_BRANCH
    repository.git("branch", "new")
    looked.look()
    assert len(looked.commits(task_id)) == 1
    repository.git("branch", "-D", "new")
    looked.look()
    repository.git("branch", "new")
    looked.look()
    assert len(looked.commits(task_id)) == 2


@pytest.mark.parametrize(
    "definition",
    [
        lambda url: pushed(url, automatic=False),
        lambda _url: pushed("https://x/${nobody}"),
        lambda _url: Definition(arch="x86-64", steps=[]),
    ],
)
def test_other_tasks_are_not_looked_after(
    looked: Looked,
    builds: BuildService,
    alice: Principal,
    project_id: str,
    task_id: str,
    repository: Repository,
    definition: Callable[[str], Definition],
) -> None:
    builds.update(alice, task_id, project_id, "task", definition(repository.url))
    looked.look()
    assert looked.watch(task_id) is None
    assert looked.asked == []


def test_a_task_that_a_webhook_tells_of_is_not_looked_after(
    looked: Looked,
    builds: BuildService,
    alice: Principal,
    task_id: str,
    tmp_path: Path,
    repository: Repository,
) -> None:
    hooks = HookService(builds, SecretBox.open(tmp_path / "master.key"))
    made = hooks.create(alice, task_id, HookChoice())
    looked.look()
    assert len(looked.asked) == 1
    with builds.database.write() as session:
        session.execute(update(Hook).values(last_delivery_at=1))
    repository.commit("told by the webhook")
    looked.look()
    assert len(looked.asked) == 1
    assert hooks.list(alice, task_id)[1] is None
    hooks.delete(alice, task_id, made.hook.id)
    looked.look()
    looked.look()
    assert looked.commits(task_id) == []
    head = repository.commit("seen again")
    looked.look()
    assert looked.commits(task_id) == [head]


def test_what_was_pushed_while_a_task_was_out_of_work_is_not_made_up_for(
    looked: Looked, builds: BuildService, alice: Principal, task_id: str, repository: Repository
) -> None:
    states = TaskStates(builds.database)
    bin_ = RecycleBin(builds.database, Purge(builds.database, lambda *_: None))
    looked.look()
    states.disable(alice, task_id)
    repository.commit("while disabled")
    looked.look()
    states.enable(alice, task_id)
    looked.look()
    builds.delete(alice, task_id)
    repository.commit("while deleted")
    looked.look()
    bin_.restore(alice, [task_id])
    looked.look()
    assert looked.commits(task_id) == []
    builds.delete(alice, task_id)
    bin_.empty(alice)
    assert looked.watch(task_id) is None


def test_a_repository_that_does_not_answer_is_asked_ever_more_seldom(
    looked: Looked, builds: BuildService, alice: Principal, project_id: str, tmp_path: Path
) -> None:
    missing = (tmp_path / "missing").as_uri()
    task_id = builds.create(alice, project_id, "task", pushed(missing)).id
    pauses: list[float] = []
    watch = None
    for _ in range(7):
        looked.look(1000)
        watch = looked.watch(task_id)
        assert watch is not None
        pauses.append((watch.next_at - looked.now) / 1000)
    assert watch is not None
    assert (watch.failures, watch.commit_id) == (7, "")
    assert "missing" in watch.error
    assert 0.9 * 120 <= pauses[0] <= 1.1 * 120
    assert pauses[0] < pauses[1] < pauses[2]
    assert all(0.9 * 900 <= pause <= 1.1 * 900 for pause in pauses[3:])


def test_an_answer_ends_the_trouble(looked: Looked, task_id: str, repository: Repository) -> None:
    away = repository.path.with_name("away")
    repository.path.rename(away)
    looked.look()
    away.rename(repository.path)
    looked.look(1000)
    watch = looked.watch(task_id)
    assert watch is not None
    assert (watch.failures, watch.error) == (0, "")
    assert watch.commit_id == repository.git("rev-parse", "HEAD")


def test_a_commit_that_cannot_be_built_now_is_built_later(
    looked: Looked, task_id: str, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked.look()
    head = repository.commit("a change")
    monkeypatch.setattr(looked.builds.runs, "refusal", lambda: "the disk is low")
    looked.look()
    watch = looked.watch(task_id)
    assert watch is not None
    assert watch.error == "the disk is low"
    monkeypatch.undo()
    looked.look()
    assert looked.commits(task_id) == [head]


def test_a_commit_that_may_not_be_built_is_not_tried_for_ever(
    looked: Looked, task_id: str, repository: Repository, alice: Principal
) -> None:
    looked.look()
    head = repository.commit("a change")
    with looked.builds.database.write() as session:
        session.get_one(User, alice.user_id).enabled = False
    looked.look()
    watch = looked.watch(task_id)
    assert watch is not None
    assert (watch.commit_id, watch.error) == (head, "the user admin is disabled")
    assert looked.runs(task_id) == []


def test_replicas_ask_once_and_build_once(
    looked: Looked, settings: Settings, task_id: str, tmp_path: Path, repository: Repository
) -> None:
    url = looked.builds.database.url.render_as_string(hide_password=False)
    second = Database(url)
    other = Polling(
        make_service(second, settings, tmp_path), git_rules(settings), SECONDS, lambda: looked.now
    )
    try:
        looked.look()
        for number in range(3):
            head = repository.commit(f"change {number}")
            looked.now += int(2 * SECONDS * 1000)
            with ThreadPoolExecutor(2) as threads:
                list(threads.map(lambda one: one.scan(), [looked.polling, other]))
            looked.polling.wait()
            other.wait()
            assert looked.commits(task_id)[number:] == [head]
        assert len(looked.asked) == 4
    finally:
        other.close()
        second.close()


def test_a_host_that_does_not_answer_holds_up_nobody_else(
    looked: Looked, builds: BuildService, alice: Principal, project_id: str, task_id: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        for number in range(12):
            url = f"http://127.0.0.1:{port}/dead-{number}"
            builds.create(alice, project_id, f"dead-{number}", pushed(url))
        looked.now += 1000
        looked.polling.scan()
        eventually(lambda: (watch := looked.watch(task_id)) is not None and watch.commit_id != "")
        looked.polling.scan()
        eventually(lambda: len([url for url in looked.asked if "dead" in url]) == PER_HOST)
        looked.polling.close()


def test_nothing_is_asked_when_it_is_switched_off(
    builds: BuildService, settings: Settings, task_id: str
) -> None:
    off = Polling(builds, git_rules(settings), 0.0)
    off.scan()
    off.close()
    with builds.database.read() as session:
        assert session.get_one(Watch, task_id).looked_at is None


@pytest.fixture
def tag_task(builds: BuildService, alice: Principal, project_id: str, repository: Repository) -> str:
    repository.git("tag", "before")
    return builds.create(alice, project_id, "tags", pushed(repository.url, build_type="tag")).id


def test_new_and_moved_tags_are_built_by_a_task_that_builds_tags(
    looked: Looked, tag_task: str, repository: Repository
) -> None:
    looked.look()
    repository.commit("on the branch")
    looked.look()
    assert looked.runs(tag_task) == []
    repository.git("tag", "-a", "v1", "-m", "one")
    repository.git("tag", "v2")
    looked.look()
    assert [(run.build_type, run.tag, run.trigger) for run in looked.runs(tag_task)] == [
        ("tag", "v1", "CODE"),
        ("tag", "v2", "CODE"),
    ]
    repository.git("tag", "-d", "before")
    looked.look()
    repository.commit("moved")
    repository.git("tag", "-f", "v2")
    repository.git("tag", "before")
    looked.look()
    looked.look()
    assert [run.tag for run in looked.runs(tag_task)] == ["v1", "v2", "before", "v2"]


def test_a_tag_of_a_commit_that_says_so_is_not_built(
    looked: Looked, tag_task: str, repository: Repository
) -> None:
    looked.look()
    repository.commit("only words [ci skip]")
    repository.git("tag", "v1")
    looked.look()
    repository.commit("a change")
    repository.git("tag", "v2")
    looked.look()
    assert [run.tag for run in looked.runs(tag_task)] == ["v2"]


def test_many_new_tags_are_built_one_look_after_the_other_and_wait_where_there_is_no_room(
    looked: Looked, tag_task: str, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moved, "TAGS_AT_ONCE", 2)
    looked.look()
    for number in range(3):
        repository.git("tag", f"v{number}")
    with monkeypatch.context() as full:
        full.setattr(looked.builds.runs, "refusal", lambda: "the disk is low")
        looked.look()
    assert looked.runs(tag_task) == []
    looked.look()
    assert [run.tag for run in looked.runs(tag_task)] == ["v0", "v1"]
    looked.look()
    looked.look()
    assert [run.tag for run in looked.runs(tag_task)] == ["v0", "v1", "v2"]


def test_more_tags_than_can_be_looked_after_are_said_to_be(
    looked: Looked, tag_task: str, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked.look()
    monkeypatch.setattr(moved, "MAX_TAGS", 1)
    repository.git("tag", "v1")
    looked.look()
    watch = looked.watch(tag_task)
    assert watch is not None
    assert (watch.error, looked.runs(tag_task)) == ("has 2 tags, 1 can be looked after", [])


def test_a_task_that_turns_to_tags_begins_anew(
    looked: Looked,
    builds: BuildService,
    alice: Principal,
    project_id: str,
    task_id: str,
    repository: Repository,
) -> None:
    looked.look()
    repository.git("tag", "v1")
    builds.update(alice, task_id, project_id, "task", pushed(repository.url, build_type="tag"))
    looked.look()
    builds.update(alice, task_id, project_id, "task", pushed(repository.url))
    looked.look()
    watch = looked.watch(task_id)
    assert watch is not None
    assert (watch.kind, watch.commit_id) == ("branch", repository.git("rev-parse", "HEAD"))
    assert looked.runs(task_id) == []


def test_tasks_of_an_older_version_are_found_out_about(
    looked: Looked, task_id: str, repository: Repository
) -> None:
    empty = {"url": "", "url_key": "", "host": "", "branch": "", "next_at": 0}
    with looked.builds.database.write() as session:
        session.execute(update(Watch).values(**empty))
    looked.look()
    watch = looked.watch(task_id)
    assert watch is not None
    assert (watch.branch, watch.commit_id) == ("master", repository.git("rev-parse", "HEAD"))


def test_another_branch_is_looked_at_as_if_for_the_first_time(
    looked: Looked,
    builds: BuildService,
    alice: Principal,
    project_id: str,
    task_id: str,
    repository: Repository,
) -> None:
    repository.git("branch", "other")
    looked.look()
    repository.commit("on master")
    builds.update(alice, task_id, project_id, "task", pushed(repository.url, "other"))
    looked.look()
    builds.update(alice, task_id, project_id, "renamed", pushed(repository.url, "other"))
    assert looked.commits(task_id) == []
    repository.git("checkout", "--quiet", "other")
    head = repository.commit("on the other")
    looked.look()
    assert looked.commits(task_id) == [head]
