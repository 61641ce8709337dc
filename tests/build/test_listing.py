"""Lists of tasks: every order is total, every page is the one that belongs there, and none is dearer than the first."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bench.seeding import hex_id, multiply, uuid
from sqlalchemy import String, cast, literal, update

from bottega.build import access, listing
from bottega.build.compile import RunChoices
from bottega.build.definition import Definition
from bottega.build.favourites.service import FavouriteService, is_starred
from bottega.build.listing import SORTS, TaskFilter
from bottega.build.permissions.service import PermissionService
from bottega.build.service import BuildService
from bottega.build.tables import BuildTask
from bottega.iam.principal import Principal
from bottega.projects.roles import DEVELOPER
from bottega.settings import Settings
from bottega.store.database import Database
from tests.build.conftest import make_service
from tests.build.harness import end_run
from tests.build.permissions.people import colleague
from tests.support.databases import seed_project, seed_tenant

COUNT = 9
STATES = ("SUCCESS", "FAILURE", "ABORTED")


@pytest.fixture
def tasks(builds: BuildService, alice: Principal, project_id: str) -> dict[str, BuildTask]:
    """By id: many were made in the same millisecond, some were built, some are starred, one is deleted."""
    favourites = FavouriteService(builds.database)
    for number in range(COUNT):
        task = builds.create(alice, project_id, f"task-{number}", Definition(arch="x86-64", steps=[]))
        with builds.database.write() as session:
            values = {"created_at": number // 5, "updated_at": number % 3}
            session.execute(update(BuildTask).where(BuildTask.id == task.id).values(**values))
        if number % 4 == 0:
            favourites.follow(alice, task.id)
        if number % 3 == 0:
            run = builds.execute(alice, task.id, RunChoices())
            end_run(builds.database, run.id, STATES[number % 2], created_at=number % 2)
    gone = builds.create(alice, project_id, "gone", Definition(arch="x86-64", steps=[]))
    favourites.follow(alice, gone.id)
    builds.delete(alice, gone.id)
    views, total = builds.reader.tasks(alice, TaskFilter(tenant_id=alice.tenant_id), offset=0, limit=100)
    assert total == len(views) == COUNT
    return {view.task.id: view.task for view in views}


def page(
    builds: BuildService, who: Principal, where: TaskFilter, offset: int, limit: int
) -> tuple[list[str], int]:
    with builds.database.read() as session:
        shown = access.visible_tasks(session, who)
        rows, total = listing.page(session, where, shown, is_starred(who), offset=offset, limit=limit)
    return [task.id for task, _ in rows], total


def walked(builds: BuildService, who: Principal, where: TaskFilter, size: int) -> Iterator[str]:
    """Ids from the first page to the empty one, as Terraform asks for them."""
    for index in itertools.count():
        ids, total = page(builds, who, where, index * size, size)
        if not ids:
            return
        assert total >= len(ids)
        yield from ids


def last_built(builds: BuildService, who: Principal) -> dict[str, tuple[int, str]]:
    views, _ = builds.reader.tasks(who, TaskFilter(tenant_id=who.tenant_id), offset=0, limit=100)
    return {
        view.task.id: (view.latest.created_at, view.latest.state) if view.latest else (0, "")
        for view in views
    }


def test_every_order_is_the_same_in_pages_of_every_size(
    builds: BuildService, alice: Principal, project_id: str, tasks: dict[str, BuildTask]
) -> None:
    built = last_built(builds, alice)
    keys: dict[str, Any] = {
        "job_name": lambda task: task.name,
        "create_time": lambda task: task.created_at,
        "last_build_time": lambda task: built[task.id][0],
        "job_creator": lambda task: task.creator_name,
        "update_time": lambda task: task.updated_at,
    }
    assert set(keys) == set(SORTS)
    for (field, key), order in itertools.product(keys.items(), ("ASC", "DESC")):
        where = TaskFilter(
            tenant_id=alice.tenant_id, project_id=project_id, sort_field=field, sort_order=order
        )
        expected = sorted(tasks.values(), key=lambda task: (key(task), task.id), reverse=order == "DESC")
        for size in (2, 100):
            assert list(walked(builds, alice, where, size)) == [task.id for task in expected], (field, order)


@pytest.mark.parametrize("order", ["", "ASC", "DESC"])
def test_starred_tasks_come_first_unless_an_order_is_asked_for(
    builds: BuildService, alice: Principal, tasks: dict[str, BuildTask], order: str
) -> None:
    by_time = sorted(
        tasks.values(), key=lambda task: (task.created_at, task.id), reverse=order in {"", "DESC"}
    )
    starred = {task.id for task in by_time if int(task.name.removeprefix("task-")) % 4 == 0}
    expected = sorted((task.id for task in by_time), key=lambda task_id: task_id not in starred)
    where = TaskFilter(tenant_id=alice.tenant_id, sort_order=order)
    for size in (2, len(starred), 100):
        assert list(walked(builds, alice, where, size)) == expected
    worker = colleague(builds.database, alice, "worker")
    assert list(walked(builds, worker, where, 3)) == [task.id for task in by_time]


def test_filters_and_totals_go_together(
    builds: BuildService, alice: Principal, project_id: str, tasks: dict[str, BuildTask]
) -> None:
    built = last_built(builds, alice)
    words = {"SUCCESS": "blue", "FAILURE": "red", "": "none"}
    for status, search, field in itertools.product(
        ("", "blue", "red", "none", "timeout"), ("", "TASK-1"), ("", "last_build_time")
    ):
        expected = {
            task.id
            for task in tasks.values()
            if (not status or words[built[task.id][1]] == status) and search.lower() in task.name
        }
        where = TaskFilter(
            tenant_id=alice.tenant_id,
            project_id=project_id,
            build_status=status,
            search=search,
            sort_field=field,
        )
        found = list(walked(builds, alice, where, 4))
        assert (set(found), len(found)) == (expected, len(expected)), (status, search, field)
        assert page(builds, alice, where, 0, 1)[1] == len(expected)


def test_no_task_is_missed_while_others_are_made(
    builds: BuildService, alice: Principal, project_id: str, tasks: dict[str, BuildTask]
) -> None:
    for order, field in itertools.product(("ASC", "DESC"), ("", "create_time")):
        where = TaskFilter(tenant_id=alice.tenant_id, sort_order=order, sort_field=field)
        seen: list[str] = []
        for number, task_id in enumerate(walked(builds, alice, where, 2)):
            seen.append(task_id)
            if number in {0, 5}:
                name = f"new-{order}-{field}-{number}"
                builds.create(alice, project_id, name, Definition(arch="x86-64", steps=[]))
        assert set(seen) >= set(tasks)
        if order == "ASC":
            assert len(seen) == len(set(seen))


def test_pages_and_totals_have_only_what_the_caller_may_view(
    builds: BuildService, alice: Principal, bob: Principal, tasks: dict[str, BuildTask], project_id: str
) -> None:
    worker = colleague(builds.database, alice, "worker")
    hidden = sorted(tasks)[:4]
    permissions = PermissionService(builds.database, builds.zone)
    permissions.follow_project(alice, project_id, hidden, follows=False)
    permissions.replace(alice, project_id, hidden, {DEVELOPER: frozenset()})
    for field in ("", "last_build_time"):
        where = TaskFilter(tenant_id=alice.tenant_id, sort_field=field)
        assert set(walked(builds, worker, where, 4)) == set(tasks) - set(hidden)
        assert page(builds, worker, where, 0, 1)[1] == COUNT - len(hidden)
        assert page(builds, bob, TaskFilter(tenant_id=bob.tenant_id), 0, 9) == ([], 0)


@pytest.fixture
def many(sqlite_url: str, settings: Settings, tmp_path: Path) -> Iterator[tuple[Database, Principal, str]]:
    """A project with 2,000 tasks, on SQLite."""
    database = Database(sqlite_url)
    alice = seed_tenant(database, "first")
    project_id = seed_project(database, alice)
    task = make_service(database, settings, tmp_path).create(
        alice, project_id, "task", Definition(arch="x86-64", steps=[])
    )
    with database.write() as session:
        multiply(
            session,
            BuildTask,
            task.id,
            1999,
            lambda n: {
                "id": hex_id("a", n),
                "build_project_id": uuid("a", n),
                "name": literal("task-").concat(cast(n, String)),
                "created_at": n,
            },
        )
    yield database, alice, project_id
    database.close()


@pytest.mark.parametrize("sort_field", ["", "create_time", "update_time", "job_name"])
def test_only_the_rows_of_the_page_are_read(many: tuple[Database, Principal, str], sort_field: str) -> None:
    database, alice, project_id = many
    viewer = colleague(database, alice, "viewer")
    for who, project, offset in itertools.product((alice, viewer), ("", project_id), (0, 1900)):
        where = TaskFilter(tenant_id=alice.tenant_id, project_id=project, sort_field=sort_field)
        statements: list[str] = []
        with database.read() as session:
            shown = access.visible_tasks(session, who)
            driver: Any = session.connection().connection.driver_connection
            driver.set_trace_callback(statements.append)
            rows, total = listing.page(session, where, shown, is_starred(who), offset=offset, limit=100)
            driver.set_trace_callback(None)
            assert (len(rows), total) == (100, 2000)
            *searching, reading = statements
            assert "definition" in reading
            for statement in searching:
                plan = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}")]
                assert all("COVERING INDEX" in step for step in plan if "build_tasks" in step), plan
                assert sort_field in {"update_time", "job_name"} or "ORDER BY" not in str(plan), plan
