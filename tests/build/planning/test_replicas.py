"""Several planners, stops, and repositories that cannot be read."""

import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import update

from bottega.build.planning import service as planning
from bottega.build.planning.service import Planner
from bottega.build.planning.tables import PlanRequest
from bottega.clock import epoch_ms
from bottega.store.database import Database
from tests.build.planning.conftest import Workshop
from tests.support.processes import processes_with
from tests.support.repositories import Repository
from tests.support.waiting import eventually


def lapse(workshop: Workshop) -> None:
    """As if whoever has the requests had been silent for a long time."""
    with workshop.builds.database.write() as session:
        session.execute(update(PlanRequest).values(claimed_until=1))


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Nobody reads anything before it is set."""
    opened = threading.Event()
    reading = planning.read_planned

    def wait(*arguments: Any) -> Any:
        assert opened.wait(30)
        return reading(*arguments)

    monkeypatch.setattr(planning, "read_planned", wait)
    return opened


def test_what_a_dead_planner_had_is_planned_by_another(
    yaml_task: Workshop, make_planner: Callable[..., Planner], gate: threading.Event
) -> None:
    run = yaml_task.accept()
    yaml_task.planner.scan()
    other = make_planner()
    other.scan()
    assert yaml_task.row(run).held == "plan"
    lapse(yaml_task)
    other.scan()
    gate.set()
    other.wait()
    # The first one was only slow: what it does now changes nothing.
    yaml_task.planner.wait()
    planned = yaml_task.row(run)
    assert (planned.state, planned.held) == ("QUEUED", "")


def test_one_that_is_still_at_it_keeps_its_requests(
    yaml_task: Workshop, make_planner: Callable[..., Planner], gate: threading.Event
) -> None:
    yaml_task.accept()
    yaml_task.planner.scan()
    lapse(yaml_task)
    yaml_task.planner.scan()
    with yaml_task.builds.database.read() as session:
        assert session.query(PlanRequest).one().claimed_until > 1
    gate.set()
    yaml_task.planner.wait()


def test_two_replicas_plan_everything_once(
    yaml_task: Workshop, make_planner: Callable[..., Planner], monkeypatch: pytest.MonkeyPatch
) -> None:
    released: list[str] = []
    yaml_task.builds.runs.hints.work = lambda pool, _arch: released.append(pool)
    second = Database(yaml_task.builds.database.url.render_as_string(hide_password=False))
    other = make_planner(database=second)
    runs = [yaml_task.accept() for _ in range(5)]
    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(yaml_task.plan, (yaml_task.planner, other)))
    assert {yaml_task.row(run).held for run in runs} == {""}
    assert len(released) == len(runs)
    other.close()
    second.close()


def test_a_run_that_is_stopped_meanwhile_stays_so(yaml_task: Workshop, gate: threading.Event) -> None:
    run = yaml_task.accept()
    yaml_task.planner.scan()
    assert yaml_task.builds.stop(yaml_task.caller, yaml_task.task_id, None) == "ABORTED"
    gate.set()
    yaml_task.planner.wait()
    row = yaml_task.row(run)
    assert (row.state, row.reason, row.log_sealed) == ("ABORTED", "stopped by admin", True)
    with yaml_task.builds.database.read() as session:
        assert session.query(PlanRequest).count() == 0


def test_a_repository_that_does_not_answer_is_asked_again_for_a_while(
    yaml_task: Workshop, make_planner: Callable[..., Planner], code: Repository
) -> None:
    now = epoch_ms()
    patient = make_planner(60.0, clock=lambda: now)
    with yaml_task.builds.database.write() as session:
        task = yaml_task.builds.reader.task(yaml_task.caller, yaml_task.task_id)
        scm = {"url": "http://127.0.0.1:9/app.git", "scm_type": "git"}
        session.merge(task).definition = {**task.definition, "scms": [scm]}
    run = yaml_task.accept()
    now = epoch_ms()
    yaml_task.plan(patient)
    assert yaml_task.row(run).held == "plan"
    assert "the server cannot be reached" in yaml_task.waiting(run)
    assert yaml_task.waiting(run).endswith("tried again")
    yaml_task.plan(patient)
    with yaml_task.builds.database.read() as session:
        assert session.query(PlanRequest).one().tries == 1
    now += 3_000
    yaml_task.plan(patient)
    now += 60_000
    yaml_task.plan(patient)
    row = yaml_task.row(run)
    assert row.state == "SCHEDULE_FAILURE"
    assert "the server cannot be reached" in row.reason


def test_a_host_that_hangs_leaves_room_for_others(
    yaml_task: Workshop, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [yaml_task.accept() for _ in range(4)]
    with yaml_task.builds.database.write() as session:
        requests = session.query(PlanRequest).all()
        for request in requests[:3]:
            request.place = "slow.example.com"
    yaml_task.planner.scan()
    with yaml_task.builds.database.read() as session:
        taken = [one.place for one in session.query(PlanRequest) if one.claimed_by]
    assert sorted(taken).count("slow.example.com") == planning.THREADS_OF_A_PLACE
    assert len(taken) == planning.THREADS_OF_A_PLACE + 1
    gate.set()
    yaml_task.planner.wait()
    yaml_task.plan()
    assert {yaml_task.row(run).held for run in runs} == {""}


def test_a_defect_is_told_and_does_not_stay_for_ever(
    yaml_task: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(planning, "read_planned", broken)
    run = yaml_task.build()
    assert (run.state, run.reason) == (
        "SCHEDULE_FAILURE",
        "its build.yml could not be read: ZeroDivisionError",
    )


def test_a_planner_that_ends_leaves_its_work_to_others_at_once(
    yaml_task: Workshop, make_planner: Callable[..., Planner]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/app.git"
        with yaml_task.builds.database.write() as session:
            task = yaml_task.builds.reader.task(yaml_task.caller, yaml_task.task_id)
            session.merge(task).definition = {**task.definition, "scms": [{"url": url, "scm_type": "git"}]}
        run = yaml_task.accept()
        ending = make_planner()
        ending.scan()
        eventually(lambda: bool(processes_with(url)))
        ending.close()
    assert yaml_task.row(run).held == "plan"
    with yaml_task.builds.database.read() as session:
        assert session.query(PlanRequest).one().claimed_until == 0
