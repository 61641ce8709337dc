"""In which order runs of several tenants are handed out."""

from bottega.iam.principal import Principal
from bottega.ids import new_hex
from tests.runs.conftest import Layer
from tests.support.databases import seed_tenant
from tests.support.runs import new_run, submit


def queue(layer: Layer, caller: Principal, count: int, **changes: str) -> list[str]:
    return [
        submit(layer.runs, layer.database, new_run(caller, number, task_id=new_hex(), **changes)).id
        for number in range(1, count + 1)
    ]


def test_a_long_queue_of_one_tenant_does_not_keep_another_waiting(layer: Layer, agent_id: str) -> None:
    other = seed_tenant(layer.database, new_hex())
    many = queue(layer, layer.caller, 5)
    (one,) = queue(layer, other, 1)
    assert layer.claim(agent_id).run_id in many
    # The first tenant has a run now, and the second has none.
    assert layer.claim(agent_id).run_id == one
    assert layer.claim(agent_id).run_id in many


def test_tenants_take_turns(layer: Layer, agent_id: str) -> None:
    callers = [layer.caller, *(seed_tenant(layer.database, new_hex()) for _ in range(2))]
    owner = {run_id: at for at, caller in enumerate(callers) for run_id in queue(layer, caller, 3)}
    order = [owner[layer.claim(agent_id).run_id] for _ in range(9)]
    assert [sorted(order[at : at + 3]) for at in (0, 3, 6)] == [[0, 1, 2]] * 3
