"""A new build may stop the older ones of its branch."""

import pytest

from bottega.build.compile import RunChoices
from bottega.build.hooks.deciding import commit_of
from bottega.build.service import BuildService
from bottega.build.wire import ParameterItem, Scm
from bottega.errors import Invalid, Unavailable
from bottega.iam.principal import Principal
from bottega.runs.tables import Run
from tests.build.harness import end_run, parameter
from tests.build.test_service import definition

URL = "https://git.example.com/team/app.git"


@pytest.fixture
def task_id(builds: BuildService, alice: Principal, project_id: str) -> str:
    declared = [parameter("codeBranch", "master"), parameter("BOTTEGA_CANCEL_OLDER", "branch")]
    saved = definition(
        parameters=declared, scms=[{"url": URL, "scm_type": "codehub", "branch": "${codeBranch}"}]
    )
    return builds.create(alice, project_id, "task", saved).id


def choices(**values: str) -> RunChoices:
    return RunChoices(parameters=[ParameterItem(name=name, value=value) for name, value in values.items()])


def row(builds: BuildService, run: Run) -> Run:
    with builds.database.read() as session:
        return session.get_one(Run, run.id)


def test_older_unfinished_builds_of_the_branch_are_stopped(
    builds: BuildService, alice: Principal, task_id: str
) -> None:
    runs = [builds.execute(alice, task_id, choices(codeBranch=name)) for name in ("one", "two", "one")]
    assert [row(builds, run).state for run in runs] == ["ABORTED", "QUEUED", "QUEUED"]
    assert row(builds, runs[0]).reason == "stopped by build 3 of the same branch"
    end_run(builds.database, runs[2].id, "RUNNING", finished_at=None)
    newest = builds.execute(alice, task_id, choices(codeBranch="one"))
    assert row(builds, runs[2]).state == "STOPPING"
    end_run(builds.database, newest.id, "SUCCESS")
    builds.execute(alice, task_id, choices(codeBranch="one"))
    assert row(builds, newest).state == "SUCCESS"


def test_a_push_is_a_build_of_its_branch(builds: BuildService, alice: Principal, task_id: str) -> None:
    by_hand = builds.execute(alice, task_id, choices(codeBranch="one"))
    commit = builds.execute(alice, task_id, commit_of("one", "c" * 40))
    pushes = [
        builds.execute(alice, task_id, commit_of(branch, number * 40), trigger="CODE")
        for branch, number in (("one", "1"), ("two", "2"), ("one", "3"))
    ]
    states = [row(builds, run).state for run in (by_hand, commit, *pushes)]
    assert states == ["ABORTED", "QUEUED", "ABORTED", "QUEUED", "QUEUED"]
    assert row(builds, pushes[0]).reason == "stopped by build 5 of the same branch"
    builds.execute(alice, task_id, choices(codeBranch="one"))
    assert row(builds, pushes[2]).state == "ABORTED"


def test_other_tasks_tags_and_runs_that_do_not_want_it_are_left_alone(
    builds: BuildService, alice: Principal, project_id: str, task_id: str
) -> None:
    other = builds.create(
        alice, project_id, "other", definition(scms=[{"url": URL, "scm_type": "codehub", "branch": "master"}])
    )
    kept = [builds.execute(alice, other.id, choices()), builds.execute(alice, task_id, choices())]
    builds.execute(alice, task_id, choices(BOTTEGA_CANCEL_OLDER="off"))
    builds.execute(alice, task_id, RunChoices(scm=Scm(build_type="tag", build_tag="v1")))
    assert {row(builds, run).state for run in kept} == {"QUEUED"}


def test_a_refused_build_stops_nothing(builds: BuildService, alice: Principal, task_id: str) -> None:
    first = builds.execute(alice, task_id, choices())
    with pytest.raises(Invalid, match="BOTTEGA_CANCEL_OLDER"):
        builds.execute(alice, task_id, choices(BOTTEGA_CANCEL_OLDER="yes"))
    builds.runs.refusal = lambda: "the disk is full"
    with pytest.raises(Unavailable):
        builds.execute(alice, task_id, choices())
    assert row(builds, first).state == "QUEUED"
