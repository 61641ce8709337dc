"""Runs that are held: accepted, and kept from agents until what they wait for is there."""

from bottega.metrics import RunCollector
from bottega.runs.held import FLOW, JOBS, PLAN
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from tests.runs.conftest import Layer
from tests.support.runs import new_run, offer, submit


def held(layer: Layer, number: int = 1, why: str = PLAN) -> Run:
    return submit(layer.runs, layer.database, new_run(layer.caller, number, held=why))


def waiting(layer: Layer, run: Run) -> str:
    with layer.database.read() as session:
        return layer.runs.waiting_reason(session, session.get_one(Run, run.id))


def counted(layer: Layer) -> dict[str, float]:
    families = RunCollector(layer.database, 1000).collect()
    runs = next(one for one in families if one.name == "bottega_runs")
    return {sample.labels["state"]: sample.value for sample in runs.samples}


def test_no_agent_gets_a_held_run_before_it_is_released(layer: Layer, agent_id: str) -> None:
    run = held(layer)
    assert layer.claims.claim(agent_id, offer()).run is None
    with layer.database.write() as session:
        assert not layer.runs.held.release(session, run.id, FLOW)
        assert layer.runs.held.release(session, run.id, PLAN, pool="other")
    assert layer.claims.claim(agent_id, offer()).run is None
    other = layer.agents.enrol("two", "other", "nats://localhost").agent_id
    assert layer.claim(other).run_id == run.id
    with layer.database.write() as session:
        assert not layer.runs.held.release(session, run.id, PLAN)


def test_a_held_run_that_was_stopped_is_neither_released_nor_ended_again(layer: Layer) -> None:
    run = held(layer)
    layer.runs.stop(layer.caller.tenant_id, run.id, "admin")
    with layer.database.write() as session:
        assert not layer.runs.held.release(session, run.id, PLAN, branch="main")
        assert not layer.runs.held.refuse(session, run.id, PLAN, "no such file")
        assert not layer.runs.held.begin_flow(session, run.id)
        layer.runs.held.explain(session, run.id, PLAN, "still reading")
    row = layer.row(run.id)
    assert (row.state, row.held, row.reason, row.branch) == ("ABORTED", PLAN, "stopped by admin", "")


def test_a_held_run_is_not_in_the_way_of_others(layer: Layer, agent_id: str) -> None:
    held(layer)
    second = submit(layer.runs, layer.database, new_run(layer.caller, 2))
    layer.leases.renew(agent_id, offer(), [])
    assert waiting(layer, second).endswith("position 1 in the queue")
    reply = layer.claims.claim(agent_id, offer())
    assert reply.run is not None and reply.run.run_id == second.id
    assert not reply.waiting


def test_agents_are_told_when_the_release_is_stored(layer: Layer) -> None:
    told: list[tuple[str, str, str]] = []
    run = held(layer)
    layer.runs.hints.work = lambda pool, arch: told.append((pool, arch, layer.row(run.id).held))
    with layer.database.write() as session:
        layer.runs.held.release(session, run.id, PLAN, arch="arm")
        assert told == []
    assert told == [("default", "arm", "")]


def test_a_held_run_says_what_it_waits_for(layer: Layer) -> None:
    run = held(layer)
    assert waiting(layer, run) == "its build.yml is being read"
    with layer.database.write() as session:
        layer.runs.held.explain(session, run.id, PLAN, "the host is asleep; tried again")
    assert waiting(layer, run) == "the host is asleep; tried again"


def test_a_held_run_can_be_stopped_and_refused(layer: Layer) -> None:
    ended: list[str] = []
    layer.runs.final.add(lambda _session, runs: ended.extend(one.run_id for one in runs))
    stopped, refused = held(layer, 1), held(layer, 2)
    assert layer.runs.stop(layer.caller.tenant_id, stopped.id, "ada") == RunState.ABORTED
    with layer.database.write() as session:
        assert layer.runs.held.refuse(session, refused.id, PLAN, "no such file")
        assert not layer.runs.held.refuse(session, stopped.id, PLAN, "too late")
    row = layer.row(refused.id)
    assert (row.state, row.reason, row.log_sealed) == ("SCHEDULE_FAILURE", "no such file", True)
    assert row.finished_at is not None
    assert ended == [stopped.id, refused.id]


def test_the_record_of_a_flow_takes_no_place_of_the_tenant(layer: Layer, agent_id: str) -> None:
    flow = held(layer)
    with layer.database.write() as session:
        assert layer.runs.held.begin_flow(session, flow.id, commit_id="1" * 40)
    row = layer.row(flow.id)
    assert (row.state, row.held, row.commit_id) == ("RUNNING", JOBS, "1" * 40)
    held(layer, 2)
    submit(layer.runs, layer.database, new_run(layer.caller, 3))
    job = new_run(layer.caller, 1, kind="job", task_id=None, parent_run_id=flow.id, job="one")
    submit(layer.runs, layer.database, job)
    assert counted(layer) == {"queued": 2, "running": 0, "stopping": 0, "held": 1, "flow": 1}
    layer.claim(agent_id)
    assert counted(layer)["running"] == 1
    # Nobody renews it, and nobody ends it for that.
    assert layer.leases.reap() == []
    assert layer.row(flow.id).state == "RUNNING"


def test_a_stopped_flow_is_told_to_whoever_looks_after_it(layer: Layer) -> None:
    told: list[str] = []
    flow = held(layer)
    with layer.database.write() as session:
        layer.runs.held.begin_flow(session, flow.id)
    layer.runs.hints.held = lambda: told.append(layer.row(flow.id).state)
    assert layer.runs.stop(layer.caller.tenant_id, flow.id, "ada") == RunState.STOPPING
    with layer.database.write() as session:
        layer.runs.stop_all(session, "ada", Run.id == flow.id)
    assert told == ["STOPPING"]
    with layer.database.write() as session:
        row = session.get_one(Run, flow.id)
        assert layer.runs.held.end_flow(session, row, RunState.ABORTED, "stopped by ada")
        assert not layer.runs.held.end_flow(session, row, RunState.FAILURE, "late")
    assert layer.row(flow.id).state == "ABORTED"
