"""Why a run waits, in words."""

from bottega.runs.tables import Run, TenantLimit
from tests.runs.conftest import Layer
from tests.support.runs import new_run, offer, submit

LOW = "0.3 GiB free, 0.5 GiB are kept free (retention.min_free_bytes)"


def why(layer: Layer, run: Run) -> str:
    with layer.database.read() as session:
        return layer.runs.waiting_reason(session, session.get_one(Run, run.id))


def waiting(layer: Layer, number: int = 1) -> Run:
    return submit(layer.runs, layer.database, new_run(layer.caller, number))


def test_an_agent_that_takes_no_work_is_named_with_its_reason(layer: Layer, agent_id: str) -> None:
    run = waiting(layer)
    layer.leases.renew(agent_id, offer(refusing=LOW), [])
    assert why(layer, run) == f"agent one takes no work: {LOW}"
    layer.leases.renew(agent_id, offer(), [])
    assert why(layer, run) == "all 2 slots of pool default are taken, position 1 in the queue"


def test_slots_of_agents_that_take_no_work_are_not_counted(layer: Layer, agent_id: str) -> None:
    run = waiting(layer)
    other = layer.agents.enrol("two", "default", "nats://localhost").agent_id
    layer.leases.renew(agent_id, offer(slots=8, refusing=LOW), [])
    layer.leases.renew(other, offer(slots=3), [])
    assert why(layer, run) == (
        f"all 3 slots of pool default are taken, position 1 in the queue; agent one takes no work: {LOW}"
    )


def test_of_many_agents_that_take_no_work_three_are_named(layer: Layer) -> None:
    run = waiting(layer)
    for number in range(5):
        agent = layer.agents.enrol(f"agent-{number}", "default", "nats://localhost").agent_id
        layer.leases.renew(agent, offer(refusing="git cannot be found on its PATH"), [])
    reason = why(layer, run)
    assert reason.count("git cannot be found on its PATH") == 3
    assert reason.endswith("; 2 more take none either")


def test_the_tenants_limit_is_said_before_the_slots(layer: Layer, agent_id: str) -> None:
    with layer.database.write() as session:
        session.add(TenantLimit(tenant_id=layer.caller.tenant_id, concurrency=1, queue=10))
    runs = [waiting(layer, number) for number in (1, 2, 3)]
    layer.leases.renew(agent_id, offer(), [])
    claimed = layer.claim(agent_id)
    last = max((run for run in runs if run.id != claimed.run_id), key=lambda run: (run.queued_at, run.id))
    assert why(layer, last) == "the tenant's limit of 1 running builds is reached, position 2 in the queue"


def test_a_full_disk_of_the_server_comes_first(layer: Layer, agent_id: str) -> None:
    run = waiting(layer)
    layer.leases.renew(agent_id, offer(), [])
    layer.runs.refusal = lambda: f"the disk of the data folder is low: {LOW}"
    assert why(layer, run) == f"the disk of the data folder is low: {LOW}"
    reply = layer.claims.claim(agent_id, offer())
    assert (reply.run, reply.reason) == (None, f"the disk of the data folder is low: {LOW}")
    layer.runs.refusal = lambda: ""
    assert layer.claim(agent_id).run_id == run.id
