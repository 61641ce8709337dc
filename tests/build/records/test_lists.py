"""Records of several tasks, and what a task's records have in common, on both databases."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from bottega.build.compile import RunChoices
from bottega.build.definition import Definition
from bottega.build.permissions.service import PermissionService
from bottega.build.records import queries
from bottega.build.records.service import MAX_BUILD_PROJECTS, RecordService
from bottega.build.service import BuildService
from bottega.build.tables import BuildTask
from bottega.build.wire import CreateBuildJobScm, ParameterItem, Scm
from bottega.errors import Forbidden, Invalid, NoHistory, NotFound
from bottega.iam.principal import Principal
from bottega.ids import new_hex, new_uuid
from bottega.projects.roles import DEVELOPER
from bottega.runs.tables import Run
from tests.build.harness import end_run
from tests.build.permissions.people import WORKER, colleague
from tests.support.databases import seed_project

URL = "https://git.example.com/group/{}.git"


@pytest.fixture
def records(builds: BuildService) -> RecordService:
    return RecordService(builds.database)


@pytest.fixture
def hide(builds: BuildService, alice: Principal, project_id: str) -> Callable[[str], None]:
    """Lets developers do nothing with a task, not even look at it."""

    def do(task_id: str) -> None:
        permissions = PermissionService(builds.database, builds.zone)
        permissions.replace(alice, project_id, [task_id], {DEVELOPER: frozenset()})

    return do


def new_task(
    builds: BuildService, who: Principal, project_id: str, name: str = "task", repository: str = ""
) -> BuildTask:
    scms = [CreateBuildJobScm(url=URL.format(repository))] if repository else []
    return builds.create(who, project_id, name, Definition(arch="x86-64", steps=[], scms=scms))


def build(
    builds: BuildService, who: Principal, task: BuildTask, state: str = "", branch: str = "", **scm: Any
) -> Run:
    chosen = [ParameterItem(name="codeBranch", value=branch)] if branch else []
    run = builds.execute(who, task.id, RunChoices(parameters=chosen, scm=Scm(**scm)))
    if state:
        end_run(builds.database, run.id, state)
    return run


def test_the_newest_records_of_each_task_in_the_order_asked_for(
    builds: BuildService, records: RecordService, alice: Principal, project_id: str
) -> None:
    first, second, never = (
        new_task(builds, alice, project_id, name) for name in ("first", "second", "never")
    )
    for task in (first, second, first, first):
        build(builds, alice, task)
    asked = [second.build_project_id, never.build_project_id, first.build_project_id, second.build_project_id]
    found = records.newest(alice, asked, 2)
    assert [(one.build_project_id, [run.number for run in one.runs]) for one in found] == [
        (second.build_project_id, [1]),
        (never.build_project_id, []),
        (first.build_project_id, [3, 2]),
    ]
    assert [one.runs for one in records.newest(alice, asked[:1], 0)] == [[]]
    assert records.newest(alice, [], 10) == []


def test_any_number_of_tasks_costs_as_many_queries_as_one(
    builds: BuildService, records: RecordService, alice: Principal, project_id: str
) -> None:
    worker = colleague(builds.database, alice, "worker", WORKER)
    tasks = [new_task(builds, alice, project_id, f"task-{number}") for number in range(5)]
    for task in tasks:
        build(builds, alice, task)

    def statements(count: int) -> int:
        counted: list[str] = []
        engine = builds.database._reader.engine

        def count_one(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            counted.append(statement)

        event.listen(engine, "before_cursor_execute", count_one)
        records.newest(worker, [task.build_project_id for task in tasks[:count]], 10)
        event.remove(engine, "before_cursor_execute", count_one)
        return len(counted)

    assert statements(5) == statements(1)


def test_one_unknown_build_project_refuses_all(
    builds: BuildService, records: RecordService, alice: Principal, bob: Principal, project_id: str
) -> None:
    task = new_task(builds, alice, project_id)
    theirs = new_task(builds, bob, seed_project(builds.database, bob))
    unknown = new_uuid()
    for wrong in (unknown, theirs.build_project_id):
        with pytest.raises(NotFound, match=f"build project {wrong} does not exist"):
            records.newest(alice, [task.build_project_id, wrong], 10)
        with pytest.raises(NotFound):
            records.total(alice, wrong, None, None)
    with pytest.raises(Invalid, match=r"^body\[1\]: must be a UUID"):
        records.newest(alice, [task.build_project_id, task.id], 10)
    with pytest.raises(Invalid, match=f"^body: at most {MAX_BUILD_PROJECTS} "):
        records.newest(alice, [unknown] * (MAX_BUILD_PROJECTS + 1), 10)
    builds.delete(alice, task.id)
    with pytest.raises(NotFound):
        records.newest(alice, [task.build_project_id], 10)


def test_who_may_not_view_one_of_the_tasks_is_refused(
    builds: BuildService,
    records: RecordService,
    alice: Principal,
    project_id: str,
    hide: Callable[[str], None],
) -> None:
    shown, hidden = (new_task(builds, alice, project_id, name, "shop") for name in ("shown", "hidden"))
    build(builds, alice, hidden, "SUCCESS")
    hide(hidden.id)
    worker = colleague(builds.database, alice, "worker", WORKER)
    assert len(records.newest(worker, [shown.build_project_id], 10)) == 1
    both = [shown.build_project_id, hidden.build_project_id]
    for refused in (
        lambda: records.newest(worker, both, 10),
        lambda: records.total(worker, hidden.build_project_id, None, None),
        lambda: records.branches(worker, hidden.id),
    ):
        with pytest.raises(Forbidden):
            refused()
    with pytest.raises(NoHistory):
        records.last_success(worker, project_id, "shop")


def test_branches_are_those_of_all_repositories_and_builds(
    builds: BuildService, records: RecordService, alice: Principal, bob: Principal, project_id: str
) -> None:
    task = new_task(builds, alice, project_id, repository="shop")
    assert records.branches(alice, task.id) == []
    for branch in ("main", "feature/x", "main", "Zoo"):
        build(builds, alice, task, branch=branch)
    build(builds, alice, task, branch="other", url=URL.format("attic"))
    build(builds, alice, task, branch="main", url=URL.format("attic"))
    build(builds, alice, task, build_tag="v1")
    assert records.branches(alice, task.id) == ["Zoo", "feature/x", "main", "other"]
    without = new_task(builds, alice, project_id, "without")
    build(builds, alice, without)
    assert records.branches(alice, without.id) == []
    for wrong in (lambda: records.branches(bob, task.id), lambda: records.branches(alice, new_hex())):
        with pytest.raises(NotFound):
            wrong()


def test_the_last_success_is_the_one_that_ended_last(
    builds: BuildService, records: RecordService, alice: Principal, project_id: str
) -> None:
    first, second = (new_task(builds, alice, project_id, name, "shop") for name in ("first", "second"))
    other = new_task(builds, alice, project_id, "other", "Shop")

    def last(name: str = "shop") -> tuple[str, int]:
        found = records.last_success(alice, project_id, name)
        return found.task_name, found.run.number

    with pytest.raises(NoHistory, match="no build of the repository shop has succeeded"):
        last()
    build(builds, alice, first, "FAILURE")
    build(builds, alice, other, "SUCCESS")
    with pytest.raises(NoHistory):
        last()
    assert last("Shop") == ("other", 1)
    slow = build(builds, alice, first)
    build(builds, alice, second, "SUCCESS")
    assert last() == ("second", 1)
    end_run(builds.database, slow.id, "SUCCESS", finished_at=slow.created_at + 60_000)
    build(builds, alice, first, "ABORTED")
    build(builds, alice, second)
    assert last() == ("first", 2)
    build(builds, alice, first, "SUCCESS", url=URL.format("attic"))
    assert last("attic") == ("first", 4)
    assert last() == ("first", 2)
    builds.delete(alice, first.id)
    assert last() == ("second", 1)


def test_the_last_success_is_looked_for_in_one_project(
    builds: BuildService, records: RecordService, alice: Principal, bob: Principal, project_id: str
) -> None:
    build(builds, alice, new_task(builds, alice, project_id, repository="shop"), "SUCCESS")
    with pytest.raises(NoHistory):
        records.last_success(alice, seed_project(builds.database, alice, "empty"), "shop")
    for wrong in (
        lambda: records.last_success(bob, project_id, "shop"),
        lambda: records.last_success(alice, new_hex(), "shop"),
    ):
        with pytest.raises(NotFound):
            wrong()
    for name in ("", "x" * 129, "a\0b"):
        with pytest.raises(Invalid, match=r"^repository_name: "):
            records.last_success(alice, project_id, name)


PLACES = st.sampled_from(["shop", "attic", ""])
HISTORIES = st.lists(
    st.tuples(
        st.integers(0, 2),
        PLACES,
        st.sampled_from(["SUCCESS", "FAILURE"]),
        st.sampled_from(["", "a", "b", "B"]),
    ),
    max_size=12,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HISTORIES)
def test_sql_finds_what_a_walk_through_all_records_finds(
    builds: BuildService, alice: Principal, project_id: str, history: list[tuple[int, str, str, str]]
) -> None:
    tasks = [new_task(builds, alice, project_id, f"task-{new_hex()}") for _ in range(3)]
    made: list[Run] = []
    numbers = [0, 0, 0]
    with builds.database.write() as session:
        for position, (which, repository, state, branch) in enumerate(history):
            numbers[which] += 1
            made.append(row(alice, tasks[which], numbers[which], position, repository, state, branch))
        session.add_all(made)
        for task, number in zip(tasks, numbers, strict=True):
            session.get_one(BuildTask, task.id).last_number = number
    with builds.database.read() as session:
        ours = BuildTask.id.in_([task.id for task in tasks])
        for name in ("shop", "attic"):
            found = queries.last_success(session, ours, name)
            right = [run for run in made if run.repository == name and run.state == "SUCCESS"]
            assert (found[0].id if found else None) == (right[-1].id if right else None)
        for task, number in zip(tasks, numbers, strict=True):
            kept = session.get_one(BuildTask, task.id)
            mine = [run for run in made if run.task_id == task.id]
            assert queries.branches(session, kept) == sorted(
                {run.branch for run in mine if run.branch and run.repository}
            )
            newest = queries.newest_of(session, [kept], 2)[task.id]
            assert [run.number for run in newest] == [one for one in (number, number - 1) if one > 0]


def row(
    who: Principal, task: BuildTask, number: int, position: int, repository: str, state: str, branch: str
) -> Run:
    return Run(
        id=new_uuid(),
        kind="build",
        tenant_id=who.tenant_id,
        project_id=task.project_id,
        task_id=task.id,
        task_name=task.name,
        number=number,
        daily_number=f"20260101.{number}",
        execution_id="j_12345678",
        trigger="MANUAL",
        user_id=who.user_id,
        user_name=who.user_name,
        state=state,
        pool="default",
        arch="x86-64",
        flavor="2u8g",
        spec={},
        parameters=[],
        repository=repository,
        branch=branch,
        created_at=position,
        queued_at=position,
        finished_at=position,
    )
