"""Forges hear of every build of their commits: in order, at least once, and of its end even after trouble."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bottega.app import Services
from bottega.build.commit_status.service import CommitStatusService
from bottega.build.commit_status.tables import CommitStatus
from bottega.build.compile import RunChoices
from bottega.build.definition import Definition
from bottega.build.flows import starting
from bottega.build.planning import outcome
from bottega.build.planning.planned import PlannedFlow, PlannedFlowJob, PlannedRun
from bottega.build.wire import CreateBuildJobScm, Scm
from bottega.iam.principal import Principal
from bottega.ids import new_hex
from bottega.runs.final import ended
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from bottega.settings import ForgeSettings, HttpSettings, Settings
from tests.build.harness import end_run
from tests.support.databases import Postgres, seed_project, seed_tenant
from tests.support.http_sink import HttpSink, Reply, http_sink
from tests.support.migrated import put_database
from tests.support.waiting import eventually

COMMIT = "b" * 40


class Told:
    """A server with one forge, and a task that builds a repository there."""

    def __init__(self, services: Services, forge: HttpSink) -> None:
        self.services = services
        self.forge = forge
        self.statuses: CommitStatusService = services.commit_status
        self.alice: Principal = seed_tenant(services.database, new_hex())
        self.project_id = seed_project(services.database, self.alice)
        self.task_id = self.task(f"http://127.0.0.1:{forge.port}/group/shop.git")

    def task(self, url: str, name: str = "shop", kind: str = "ACTION") -> str:
        scm = CreateBuildJobScm(url=url, branch="master")
        definition = Definition(arch="x86-64", build_config_type=kind, steps=[], scms=[scm])
        return self.services.builds.create(self.alice, self.project_id, name, definition).id

    def build(self, commit: str = COMMIT, task_id: str = "") -> Run:
        choice = Scm(build_type="commitId", build_commit_id=commit, branch="master") if commit else Scm()
        return self.services.builds.execute(self.alice, task_id or self.task_id, RunChoices(scm=choice))

    def end(self, run: Run, state: str = "SUCCESS", **values: Any) -> None:
        """Do what the execution layer does at the end of a run."""
        end_run(self.services.database, run.id, state, **values)
        with self.services.database.write() as session:
            self.services.runs.final.fire(session, ended(run, RunState(state)))

    def tell(self) -> None:
        self.statuses.scan()
        self.statuses.wait()

    def later(self) -> None:
        """Let every pause be over, and tell."""
        with self.services.database.write() as session:
            session.execute(
                update(CommitStatus).where(CommitStatus.next_try_at.is_not(None)).values(next_try_at=1)
            )
        self.tell()

    def row(self, run: Run) -> CommitStatus | None:
        with self.services.database.read() as session:
            return session.get(CommitStatus, run.id)

    @property
    def states(self) -> list[str]:
        return [json.loads(one.body)["state"] for one in self.forge.received]


@pytest.fixture(params=["sqlite", "postgresql"])
def told(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Told]:
    token = tmp_path / "token"
    token.write_text("the-token\n")
    postgres: Postgres | None = None
    settings = Settings(
        data_dir=str(tmp_path / "data"), http=HttpSettings(public_url="https://build.example.com")
    )
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        postgres, settings.database.url = server, server.new_database()
    with http_sink() as forge:
        host = f"127.0.0.1:{forge.port}"
        settings.forges = [
            ForgeSettings(host=host, kind="gitlab", token_file=str(token), api_url=f"http://{host}/api/v4")
        ]
        if postgres is None:
            put_database(settings.data)
        services = Services(settings)
        yield Told(services, forge)
        services.close()
    if postgres is not None:
        postgres.drop(settings.database.url)


def test_a_build_is_told_when_it_is_accepted_when_it_runs_and_when_it_ends(told: Told) -> None:
    run = told.build()
    told.tell()
    with told.services.database.write() as session:
        session.execute(update(Run).where(Run.id == run.id).values(state=RunState.RUNNING))
        told.statuses.outbox.checked_out(session, run)
    told.tell()
    told.end(run)
    told.tell()
    told.tell()
    assert told.states == ["pending", "running", "success"]
    last = told.forge.received[-1]
    assert last.path == f"/api/v4/projects/group%2Fshop/statuses/{COMMIT}"
    assert last.headers["private-token"] == "the-token"
    assert last.json == {
        "state": "success",
        "name": "bottega/shop",
        "description": "Build 1 succeeded",
        "target_url": f"https://build.example.com/v4/jobs/{told.task_id}/1/record-info",
    }
    row = told.row(run)
    assert row is not None
    assert (row.next_try_at, row.sent, row.error) == (None, "success", "")


@pytest.mark.parametrize(
    ("state", "word"),
    [("FAILURE", "failed"), ("TIMEOUT", "failed"), ("LOST", "failed"), ("ABORTED", "canceled")],
)
def test_every_end_is_told_with_its_reason(told: Told, state: str, word: str) -> None:
    run = told.build()
    told.end(run, state, reason="because")
    told.tell()
    assert told.states == [word]
    assert told.forge.received[0].json["description"].endswith(": because")


def test_a_queued_build_that_somebody_stops_is_told(told: Told) -> None:
    run = told.build()
    told.tell()
    told.services.builds.stop(told.alice, told.task_id, run.number)
    told.tell()
    assert told.states == ["pending", "canceled"]


def test_a_commit_that_is_not_known_yet_is_told_of_once_it_is(told: Told) -> None:
    run = told.build(commit="")
    told.tell()
    assert told.states == []
    with told.services.database.write() as session:
        values = {"state": RunState.RUNNING, "commit_id": COMMIT}
        session.execute(update(Run).where(Run.id == run.id).values(**values))
        told.statuses.outbox.checked_out(session, run)
    told.tell()
    assert told.states == ["running"]


def test_a_build_of_a_file_is_told_of_once_the_file_was_read(told: Told) -> None:
    database, runs = told.services.database, told.services.runs
    task_id = told.task(f"http://127.0.0.1:{told.forge.port}/group/shop.git", "yaml", "YAML")
    waiting, flow, wrong = (told.build("", task_id) for _ in range(3))
    told.tell()
    assert told.states == []
    planned = PlannedRun(file="build.yml", env={}, steps=[], parameters=[], secret_files=[])
    with database.write() as session:
        outcome.begin(session, runs, waiting.id, planned=planned, commit="1" * 40, url=waiting.source_url)
    told.tell()
    with database.write() as session:
        jobs = PlannedFlow(
            file="build.yml", eager=True, jobs=[PlannedFlowJob(name="one", depends_on=[], run=planned)]
        )
        starting.begin(session, runs, flow.id, planned=jobs, commit="2" * 40, taken={})
    told.tell()
    with database.write() as session:
        outcome.refuse(session, runs, wrong.id, "build.yml:1:1: no", "3" * 40)
    told.tell()
    assert [(one.path[-40:], one.json["state"]) for one in told.forge.received] == [
        ("1" * 40, "pending"),
        ("2" * 40, "running"),
        ("3" * 40, "failed"),
    ]


def test_a_build_that_never_came_to_a_commit_is_not_told(told: Told) -> None:
    run = told.build(commit="")
    told.end(run, "FAILURE")
    told.tell()
    assert told.states == []
    row = told.row(run)
    assert row is not None
    assert row.next_try_at is None


def test_only_the_newest_word_is_told_when_the_forge_was_away(told: Told) -> None:
    told.forge.default = Reply(status=503)
    run = told.build()
    told.tell()
    told.end(run)
    told.forge.default = Reply()
    told.tell()
    assert told.states == ["pending", "success"]


def test_a_forge_that_fails_is_told_again_later(told: Told) -> None:
    told.forge.replies = [Reply(status=500), Reply(status=429, headers={"Retry-After": "77"})]
    run = told.build()
    told.end(run)
    told.tell()
    first = told.row(run)
    assert first is not None
    assert (first.tries, first.sent) == (1, "")
    assert "answered 500" in first.error
    told.tell()
    assert len(told.states) == 1
    told.later()
    told.later()
    assert told.states == ["success"] * 3
    row = told.row(run)
    assert row is not None
    assert (row.next_try_at, row.error) == (None, "")


def test_a_refusal_is_final_and_never_shows_the_token(told: Told) -> None:
    told.forge.default = Reply(status=401, body=b"the-token is not valid")
    run = told.build()
    told.end(run)
    told.tell()
    told.later()
    row = told.row(run)
    assert len(told.states) == 1
    assert row is not None
    assert "the-token" not in row.error
    assert "answered 401: *** is not valid" in row.error


def test_a_limit_of_how_often_one_may_ask_is_waited_for(told: Told) -> None:
    told.forge.replies = [Reply(status=403, body=b'{"message": "API rate limit exceeded"}')]
    told.end(told.build())
    told.tell()
    told.later()
    assert told.states == ["success", "success"]


def test_it_is_given_up_after_ten_tries(told: Told) -> None:
    told.forge.default = Reply(status=500)
    run = told.build()
    told.end(run)
    for _ in range(12):
        told.later()
    assert len(told.states) == 10


def test_what_gitlab_knows_already_is_no_trouble(told: Told) -> None:
    told.forge.replies = [Reply(status=400, body=b"Cannot transition status via :enqueue from :pending")]
    run = told.build()
    told.tell()
    row = told.row(run)
    assert row is not None
    assert (row.next_try_at, row.sent) == (None, "waiting")


def test_an_older_build_of_a_commit_does_not_hide_a_newer_one(told: Told) -> None:
    first, second = told.build(), told.build()
    told.end(second)
    told.tell()
    told.end(first, "FAILURE")
    told.tell()
    assert told.states[-1] == "success"
    assert "failed" not in told.states


def test_a_run_that_ends_while_its_beginning_is_told_is_told_in_order(told: Told) -> None:
    hold = threading.Event()
    told.forge.replies = [Reply(hold=hold)]
    run = told.build()
    told.statuses.scan()
    eventually(lambda: told.forge.received)
    told.end(run)
    told.statuses.scan()
    assert told.states == ["pending"]
    hold.set()
    told.statuses.wait()
    told.tell()
    assert told.states == ["pending", "success"]


def test_a_replica_that_died_is_replaced_by_another(told: Told) -> None:
    run = told.build()
    with told.services.database.write() as session:
        session.execute(update(CommitStatus).values(claimed_until=10**15))
    told.tell()
    assert told.states == []
    with told.services.database.write() as session:
        session.execute(update(CommitStatus).values(claimed_until=1))
    told.tell()
    assert told.states == ["pending"]
    assert told.row(run) is not None


def test_two_replicas_tell_once(told: Told) -> None:
    other = CommitStatusService(
        told.services.database, told.statuses._forges, next(iter(told.statuses._outgoing.values()))._tls, ""
    )
    told.build()
    threads = [threading.Thread(target=one.scan) for one in (told.statuses, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.statuses.wait()
    other.wait()
    assert told.states == ["pending"]


def test_repositories_of_no_forge_are_not_told(told: Told) -> None:
    run = told.build(task_id=told.task("https://git.example.com/a/b", "other"))
    told.end(run)
    told.tell()
    assert told.row(run) is None
    assert told.states == []


def test_what_was_told_long_ago_is_forgotten(told: Told) -> None:
    run, waiting = told.build(), told.build(commit="c" * 40)
    told.end(run)
    told.tell()
    told.statuses.purge(0)
    told.end(waiting)
    with told.services.database.write() as session:
        session.execute(update(CommitStatus).values(created_at=1))
    told.statuses.purge(30)
    with told.services.database.read() as session:
        assert session.scalars(select(CommitStatus.run_id)).all() == [waiting.id]
