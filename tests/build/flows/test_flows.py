"""Build flows: records whose jobs are runs of their own."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from sqlalchemy import event, func, select

from bottega.build.flows.service import FlowService
from bottega.build.recycling.purging import Purge
from bottega.build.wire import Scm
from bottega.errors import AlreadyFinished, NotFound
from bottega.iam.principal import Principal
from bottega.runs.service import SECRETS_PURPOSE
from bottega.runs.tables import Run, TenantLimit
from bottega.store.database import Database
from tests.build.flows.conftest import Flows, flow_file
from tests.build.planning.conftest import FILE, MINIMAL

DIAMOND = {"First": [], "Left": ["First"], "Right": ["First"], "Last": ["Left", "Right"]}


def test_an_eager_flow_queues_all_its_jobs_and_holds_those_that_wait(flows: Flows) -> None:
    flow = flows.start(DIAMOND)
    assert (flow.state, flow.held, flow.log_sealed) == ("RUNNING", "jobs", True)
    jobs = {job.name: job.run for job in flows.view(flow).jobs}
    assert {name: (run.state, run.held) if run else None for name, run in jobs.items()} == {
        "First": ("QUEUED", ""),
        "Left": ("QUEUED", "flow"),
        "Right": ("QUEUED", "flow"),
        "Last": ("QUEUED", "flow"),
    }
    last = jobs["Last"]
    assert last is not None
    assert flows.task.waiting(last) == "waits for jobs Left, Right of the build flow"
    assert list(flows.claimed()) == ["First"]


def test_a_lazy_flow_makes_the_run_of_a_job_when_its_turn_has_come(flows: Flows) -> None:
    flow = flows.start(DIAMOND, "lazy")
    assert flows.states(flow) == {"First": "QUEUED", "Left": "", "Right": "", "Last": ""}
    ids = {job.name: job.run_id for job in flows.view(flow).jobs}
    flows.end(flows.claimed()["First"])
    flows.service.scan()
    assert flows.states(flow) == {"First": "SUCCESS", "Left": "QUEUED", "Right": "QUEUED", "Last": ""}
    assert {job.name: job.run_id for job in flows.view(flow).jobs} == ids


@pytest.mark.parametrize("strategy", ["eager", "lazy"])
def test_the_flow_succeeds_when_all_its_jobs_have(flows: Flows, strategy: str) -> None:
    flow = flows.start(DIAMOND, strategy)
    order: list[str] = []
    while flows.row(flow).state == "RUNNING":
        for name, run_id in flows.claimed().items():
            order.append(name)
            flows.end(run_id)
        flows.service.scan()
    assert (order[0], order[-1], len(order)) == ("First", "Last", 4)
    row = flows.row(flow)
    assert (row.state, row.reason) == ("SUCCESS", "All jobs succeeded")
    assert row.finished_at is not None and row.started_at is not None


@pytest.mark.parametrize("strategy", ["eager", "lazy"])
def test_after_a_failure_only_what_does_not_depend_on_it_goes_on(flows: Flows, strategy: str) -> None:
    flow = flows.start({**DIAMOND, "Alone": []}, strategy)
    begun = flows.claimed()
    flows.end(begun["First"], "FAILURE")
    flows.service.scan()
    assert flows.row(flow).state == "RUNNING"
    assert flows.states(flow) == {
        "First": "FAILURE",
        "Left": "SKIPPED",
        "Right": "SKIPPED",
        "Last": "SKIPPED",
        "Alone": "RUNNING",
    }
    flows.end(begun["Alone"])
    flows.service.scan()
    row = flows.row(flow)
    assert (row.state, row.reason) == (
        "FAILURE",
        "job First ended as FAILURE; 3 jobs were skipped",
    )
    assert {run.state for run in flows.children(flow)} <= {"SUCCESS", "FAILURE", "ABORTED"}


@pytest.mark.parametrize("strategy", ["eager", "lazy"])
def test_a_stop_reaches_all_jobs_and_waits_for_their_death(flows: Flows, strategy: str) -> None:
    flow = flows.start({**DIAMOND, "Alone": []}, strategy)
    begun = flows.claimed()
    flows.end(begun["Alone"])
    assert flows.builds.stop(flows.task.caller, flows.task.task_id, flow.number) == "STOPPING"
    flows.service.scan()
    assert flows.row(flow).state == "STOPPING"
    assert flows.task.row(flow).held == "jobs"
    states = flows.states(flow)
    assert (states.pop("First"), states.pop("Alone")) == ("STOPPING", "SUCCESS")
    assert set(states.values()) <= {"ABORTED", "SKIPPED"}
    # Asked for twice, and looked at twice: nothing else happens before the proof of death.
    flows.builds.stop(flows.task.caller, flows.task.task_id, flow.number)
    flows.service.scan()
    assert flows.row(flow).state == "STOPPING"
    flows.end(begun["First"], "ABORTED")
    flows.service.scan()
    row = flows.row(flow)
    assert (row.state, row.reason) == ("ABORTED", "stopped by admin")
    with pytest.raises(AlreadyFinished):
        flows.builds.stop(flows.task.caller, flows.task.task_id, flow.number)


@pytest.mark.parametrize("strategy", ["eager", "lazy"])
def test_one_job_is_stopped_and_the_flow_goes_on_without_it(flows: Flows, strategy: str) -> None:
    flow = flows.start({**DIAMOND, "Alone": []}, strategy)
    begun = flows.claimed()
    caller = flows.task.caller
    ids = {job.name: job.run_id for job in flows.view(flow).jobs}
    flows.builds.stop_record(caller, ids["Left"])
    with pytest.raises(AlreadyFinished):
        flows.builds.stop_record(caller, ids["Left"])
    flows.builds.stop_record(caller, begun["Alone"])
    assert flows.states(flow)["Alone"] == "STOPPING"
    flows.end(begun["Alone"], "ABORTED")
    flows.end(begun["First"])
    flows.service.scan()
    assert list(flows.claimed()) == ["Right"]
    flows.end(ids["Right"])
    flows.service.scan()
    states = flows.states(flow)
    assert (states.pop("Left") in {"ABORTED", "SKIPPED"}, states) == (
        True,
        {"First": "SUCCESS", "Right": "SUCCESS", "Last": "SKIPPED", "Alone": "ABORTED"},
    )
    row = flows.row(flow)
    assert (row.state, "job Alone ended as ABORTED" in row.reason) == ("ABORTED", True)
    with pytest.raises(AlreadyFinished):
        flows.builds.stop_record(caller, ids["Last"] if strategy == "lazy" else ids["Left"])


def test_the_id_of_the_builds_own_record_stops_the_whole_flow(flows: Flows) -> None:
    flow = flows.start({"A": [], "B": ["A"]})
    flows.builds.stop_record(flows.task.caller, flow.id)
    flows.service.scan()
    assert (flows.row(flow).state, set(flows.states(flow).values())) == ("ABORTED", {"ABORTED"})


def test_another_tenants_jobs_cannot_be_stopped(flows: Flows, bob: Principal) -> None:
    flow = flows.start({"A": [], "B": ["A"]}, "lazy")
    for job in flows.view(flow).jobs:
        with pytest.raises(NotFound):
            flows.builds.stop_record(bob, job.run_id)
    assert flows.states(flow) == {"A": "QUEUED", "B": ""}


def test_random_flows_end_and_keep_their_order(flows: Flows) -> None:
    dice = random.Random(7)
    for _ in range(4):
        names = [f"J{number}" for number in range(dice.randint(1, 6))]
        graph = {
            name: [before for before in names[:at] if dice.random() < 0.4] for at, name in enumerate(names)
        }
        flow = flows.start(graph, dice.choice(["eager", "lazy"]))
        done: dict[str, str] = {}
        stop_at = dice.randint(0, 12)
        for turn in range(20):
            if turn == stop_at and flows.row(flow).state == "RUNNING":
                flows.builds.stop(flows.task.caller, flows.task.task_id, flow.number)
            flows.service.scan()
            if flows.row(flow).state not in {"RUNNING", "STOPPING"}:
                break
            for name, run_id in flows.claimed().items():
                assert all(done.get(before) == "SUCCESS" for before in graph[name])
                done[name] = dice.choice(["SUCCESS", "SUCCESS", "FAILURE", "TIMEOUT"])
                flows.end(run_id, done[name])
            for run in flows.children(flow):
                if run.state == "STOPPING":
                    flows.end(run.id, "ABORTED")
        assert flows.row(flow).state in {"SUCCESS", "FAILURE", "ABORTED"}
        assert all(run.finished_at is not None for run in flows.children(flow))


def test_two_replicas_move_a_flow_on_once(flows: Flows) -> None:
    second = Database(flows.builds.database.url.render_as_string(hide_password=False))
    other = FlowService(second, flows.builds.runs)
    flow = flows.start({"A": [], **{f"B{n}": ["A"] for n in range(4)}}, "lazy")
    flows.end(flows.claimed()["A"])
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda service: service.scan(), (flows.service, other)))
    assert len(flows.children(flow)) == 5
    for run_id in flows.claimed().values():
        flows.end(run_id)
    ended: list[str] = []
    flows.builds.runs.final.add(lambda _session, runs: ended.extend(one.run_id for one in runs))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda service: service.scan(), (flows.service, other)))
    assert ended == [flow.id]
    second.close()


def test_the_end_of_a_job_is_told_when_it_is_stored(flows: Flows) -> None:
    told: list[str] = []
    flow = flows.start({"A": [], "B": []})
    begun = flows.claimed()
    flows.builds.runs.hints.held = lambda: told.append(flows.states(flow)["A"])
    flows.end(begun["A"])
    assert told == ["SUCCESS"]


def test_a_flow_takes_no_place_and_its_jobs_take_theirs(flows: Flows) -> None:
    with flows.builds.database.write() as session:
        session.add(TenantLimit(tenant_id=flows.task.caller.tenant_id, concurrency=1, queue=2))
    flow = flows.start({"A": [], "B": [], "C": []})
    assert list(flows.states(flow).values()) == ["QUEUED"] * 3
    assert len(flows.claimed()) == 1


def test_jobs_are_in_no_history_and_have_the_number_of_their_flow(flows: Flows) -> None:
    flow = flows.start({"A": [], "B": ["A"]})
    second = flows.task.accept()
    assert (flow.number, second.number) == (1, 2)
    assert {run.number for run in flows.children(flow)} == {1}
    assert {run.task_id for run in flows.children(flow)} == {None}
    view = flows.builds.reader.record(flows.task.caller, flows.children(flow)[0].id)
    assert view.task.id == flows.task.task_id
    assert flows.builds.reader.record_of_task(flows.task.caller, flows.task.task_id, 1).run.id == flow.id


def test_parameters_go_by_their_rank(flows: Flows) -> None:
    one = MINIMAL.replace(
        "steps:", "params:\n  - {name: b, value: file}\n  - {name: greeting, value: file}\nsteps:"
    )
    text = """version: 2.0
params: [{name: a, value: flow}, {name: b, value: flow}, {name: c, value: flow}]
buildflow:
  jobs:
    - {job: A, build_ref: ci/one.yml, params: [{name: b, value: job}, {name: c, value: job}]}
"""
    flow = flows.start({}, **{FILE: text, "ci/one.yml": one})
    (run,) = flows.children(flow)
    env = run.spec["env"]
    assert (env["a"], env["b"], env["c"], env["greeting"]) == ("flow", "file", "job", "from the task")
    shown = {one["name"]: one["value"] for one in run.parameters}
    assert (shown["a"], shown["b"], shown["SECRET"]) == ("flow", "file", "******")
    opened = flows.builds.runs._secrets.unseal(run.sealed_secrets or b"", SECRETS_PURPOSE)
    assert msgspec.json.decode(opened) == {"SECRET": "hunter2"}


def test_a_mistake_in_any_file_is_told_before_anything_runs(flows: Flows) -> None:
    text = flow_file({"A": [], "B": [], "C": []}).replace(
        "job: B, build_ref: ci/one.yml", "job: B, build_ref: ci/none.yml"
    )
    text = text.replace("job: C, build_ref: ci/one.yml", f"job: C, build_ref: {FILE}")
    flow = flows.start({}, **{FILE: text, "ci/one.yml": MINIMAL.replace("sh:", "shh:")})
    assert flow.state == "SCHEDULE_FAILURE"
    one, none, itself = flow.reason.split("\n")
    assert one.startswith("ci/one.yml:4:7: ")
    assert none.startswith(f"{FILE}:7:") and "there is ci/one.yml" in none
    assert itself.startswith(f"{FILE}:8:") and "build flow itself" in itself
    assert flows.children(flow) == []


def test_the_files_of_a_flow_are_those_of_its_commit(flows: Flows) -> None:
    flows.start({"A": []}, "lazy", **{"ci/one.yml": MINIMAL.replace("make", "old")})
    old = flows.code.git("rev-parse", "HEAD")
    flows.code.commit("new", **{"ci/one.yml": MINIMAL.replace("make", "new")})
    flow = flows.task.build(Scm(build_type="commitId", build_commit_id=old))
    (run,) = flows.children(flow)
    assert run.spec["steps"][-1]["inputs"]["command"] == "old"
    assert (run.commit_id, flow.commit_id) == (old, old)


def test_jobs_are_purged_with_their_flow(flows: Flows) -> None:
    flow = flows.start({"A": [], "B": []})
    for run_id in flows.claimed().values():
        flows.end(run_id)
    flows.service.scan()
    flows.builds.delete(flows.task.caller, flows.task.task_id)
    logs: list[str] = []
    purge = Purge(flows.builds.database, lambda _tenant, run_id: logs.append(run_id))
    assert purge.task(flows.task.caller.tenant_id, flows.task.task_id)
    with flows.builds.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Run)) == 0
    assert len(logs) == 3 and flow.id in logs


def test_a_deleted_task_stops_its_flows(flows: Flows) -> None:
    told: list[Any] = []
    flow = flows.start({"A": [], "B": ["A"]})
    flows.builds.runs.hints.held = lambda: told.append(1)
    flows.builds.delete(flows.task.caller, flows.task.task_id)
    assert told
    flows.service.scan()
    assert flows.row(flow).state == "ABORTED"
    assert {run.state for run in flows.children(flow)} == {"ABORTED"}


def test_a_scan_of_many_flows_is_one_question(flows: Flows) -> None:
    for _ in range(3):
        flows.start({"A": [], "B": ["A"]})
    asked: list[str] = []

    def note(*arguments: Any) -> None:
        asked.append(arguments[2])

    engine = flows.builds.database._reader.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert flows.service.scan() == 0
        assert sum(statement.startswith("SELECT") for statement in asked) == 1
    finally:
        event.remove(engine, "before_cursor_execute", note)
    first = flows.claimed()["A"]
    flows.end(first)
    assert flows.service.scan() == 1
