"""Pages of a task's history: right for every filter, and no dearer at the end than at the beginning."""

import itertools
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from bench.seeding import multiply, uuid
from sqlalchemy import delete, update

from bottega.runs import histories
from bottega.runs.queries import RunFilter
from bottega.runs.tables import Run
from bottega.store.database import Database
from tests.runs.conftest import Layer
from tests.support.runs import new_run, submit

TASK, OTHER = "1" * 32, "2" * 32
STATES = ("SUCCESS", "FAILURE", "ABORTED")
BRANCHES = ("main", "dev")
FIRST_MS = 1_700_000_000_000


def build(layer: Layer, count: int, *, moments: Callable[[int], int] = lambda number: number) -> list[Run]:
    """Runs of both tasks; what a filter looks at goes round in circles of different lengths."""
    made: list[Run] = []
    for number, task_id in itertools.product(range(1, count + 1), (TASK, OTHER)):
        trigger = ("MANUAL", "TIMER")[number % 2]
        run = submit(
            layer.runs, layer.database, new_run(layer.caller, number, task_id=task_id, trigger=trigger)
        )
        values = {
            "state": STATES[number % 3],
            "branch": BRANCHES[number % 2],
            "tag": "v1" if number % 5 == 0 else "",
            "created_at": FIRST_MS + moments(number) * 1000,
        }
        with layer.database.write() as session:
            session.execute(update(Run).where(Run.id == run.id).values(**values))
        made.append(layer.row(run.id))
    return made


def expected(runs: list[Run], where: RunFilter) -> list[int]:
    found = [
        run.number
        for run in runs
        if run.task_id == where.task_id
        and run.tenant_id == where.tenant_id
        and (not where.triggers or run.trigger in where.triggers)
        and (not where.branches or run.branch in where.branches)
        and (not where.tags or run.tag in where.tags)
        and (not where.states or run.state in where.states)
        and (where.created_from is None or run.created_at >= where.created_from)
        and (where.created_to is None or run.created_at < where.created_to)
    ]
    return sorted(found, reverse=True)


def check(layer: Layer, runs: list[Run], **filters: Any) -> None:
    where = RunFilter(tenant_id=layer.caller.tenant_id, task_id=TASK, **filters)
    numbers = expected(runs, where)
    with layer.database.read() as session:
        assert histories.count(session, where) == len(numbers), filters
        for offset, limit in ((0, 100), (3, 4), (len(numbers), 5)):
            page = histories.page(session, where, offset=offset, limit=limit)
            assert [run.number for run in page.runs] == numbers[offset : offset + limit], filters
            assert page.total == len(numbers), filters


WINDOWS = [(None, None), (4, None), (None, 9), (4, 9), (9, 4)]
FILTERS: list[dict[str, Any]] = [
    {},
    {"triggers": ("TIMER",)},
    {"branches": ("main", "other")},
    {"tags": ("v1",)},
    {"states": ("FAILURE", "ABORTED"), "branches": ("dev",)},
    {"states": ("LOST",)},
]


@pytest.mark.parametrize(
    "moments",
    [lambda number: number, lambda number: number * 7 % 15, lambda _number: 5],
    ids=["in order", "clocks that jump", "all at once"],
)
def test_every_page_of_every_filter_has_the_runs_it_should(
    layer: Layer, moments: Callable[[int], int]
) -> None:
    runs = build(layer, 14, moments=moments)
    for (begin, end), filters in itertools.product(WINDOWS, FILTERS):
        created_from = None if begin is None else FIRST_MS + begin * 1000
        created_to = None if end is None else FIRST_MS + end * 1000
        check(layer, runs, created_from=created_from, created_to=created_to, **filters)


def test_a_history_may_begin_late(layer: Layer) -> None:
    runs = build(layer, 6)
    with layer.database.write() as session:
        session.execute(delete(Run).where(Run.task_id == TASK, Run.number < 3))
    check(layer, [run for run in runs if run.number >= 3])


def test_another_tenant_has_no_page_of_it(layer: Layer) -> None:
    build(layer, 3)
    for filters in FILTERS:
        stranger = RunFilter(tenant_id="f" * 32, task_id=TASK, **filters)
        nothing = msgspec.structs.replace(stranger, task_id="3" * 32)
        windowed = msgspec.structs.replace(stranger, created_from=0)
        with layer.database.read() as session:
            for where in (stranger, nothing, windowed):
                assert histories.page(session, where, offset=0, limit=10).runs == []
                assert histories.page(session, where, offset=0, limit=10).total == 0
                assert histories.count(session, where) == 0


def steps(database: Database, ask: Callable[[Any], object]) -> int:
    """How many instructions SQLite's machine takes to answer, in tens: the same at every try and on every host."""
    taken = 0

    def count() -> None:
        nonlocal taken
        taken += 1

    with database.read() as session:
        driver: Any = session.connection().connection.driver_connection
        driver.set_progress_handler(count, 10)
        ask(session)
        driver.set_progress_handler(None, 0)
    return taken


def test_a_page_costs_the_same_wherever_it_is_and_however_many_there_are(
    make_layer: Callable[[Database], Layer], sqlite_database: Database
) -> None:
    layer = make_layer(sqlite_database)
    run = submit(layer.runs, sqlite_database, new_run(layer.caller, 1, task_id=TASK))
    where = RunFilter(tenant_id=layer.caller.tenant_id, task_id=TASK)
    costs: list[int] = []
    for count in (1000, 4000):
        with sqlite_database.write() as session:
            session.execute(delete(Run).where(Run.id != run.id))
            multiply(
                session,
                Run,
                run.id,
                count - 1,
                lambda n: {"id": uuid("a", n), "number": n + 1, "created_at": FIRST_MS + n},
            )
        for offset in (0, count // 2, count - 100):
            costs.append(
                steps(
                    sqlite_database,
                    lambda session, offset=offset: histories.page(session, where, offset=offset, limit=100),
                )
            )
    assert max(costs) <= 1.1 * min(costs), costs


@pytest.mark.parametrize(
    "filters",
    [{"created_from": 0, "created_to": 9}, *FILTERS[1:], {"states": ("FAILURE",), "created_from": 0}],
    ids=str,
)
def test_only_the_rows_of_the_page_are_read(
    make_layer: Callable[[Database], Layer], sqlite_database: Database, filters: dict[str, Any]
) -> None:
    layer = make_layer(sqlite_database)
    where = RunFilter(tenant_id=layer.caller.tenant_id, task_id=TASK, **filters)
    statements: list[str] = []
    with sqlite_database.read() as session:
        driver: Any = session.connection().connection.driver_connection
        driver.set_trace_callback(statements.append)
        histories.page(session, where, offset=0, limit=10)
        driver.set_trace_callback(None)
        for statement in statements:
            plan = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}")]
            # The owner of the task is asked of one row.
            assert sum("COVERING INDEX" not in step for step in plan if "SEARCH" in step) <= 1, plan
            assert not [step for step in plan if "SCAN runs" in step or "TEMP B-TREE" in step], plan
    assert statements
