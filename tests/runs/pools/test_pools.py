"""Limits of pools, drained agents and labels, as claims and waiting runs meet them."""

from typing import Any

import pytest

from bottega.errors import Invalid, NotFound
from bottega.runs.pools import registry
from bottega.runs.pools.labels import demanded_labels
from bottega.runs.tables import Run
from tests.runs.conftest import Layer
from tests.support.runs import new_run, offer, submit


def waiting(layer: Layer, number: int = 1, **changes: Any) -> Run:
    return submit(layer.runs, layer.database, new_run(layer.caller, number, **changes))


def why(layer: Layer, run: Run) -> str:
    with layer.database.read() as session:
        return layer.runs.waiting_reason(session, session.get_one(Run, run.id))


def limited(layer: Layer, concurrency: int | None) -> None:
    with layer.database.write() as session:
        registry.change(session, "default", description="", concurrency=concurrency, changed_by="alice")


def test_a_pool_runs_no_more_than_its_limit(layer: Layer, agent_id: str) -> None:
    limited(layer, 1)
    layer.leases.renew(agent_id, offer(), [])
    runs = [waiting(layer, number) for number in (1, 2)]
    taken = layer.claim(agent_id).run_id
    assert layer.claims.claim(agent_id, offer()).run is None
    (left,) = [run for run in runs if run.id != taken]
    assert why(layer, left) == (
        "the limit of 1 running builds of pool default is reached, position 1 in the queue"
    )
    limited(layer, None)
    assert layer.claim(agent_id).run_id == left.id


def test_a_draining_agent_takes_nothing_new_and_keeps_what_it_has(layer: Layer, agent_id: str) -> None:
    first, second = waiting(layer, 1), waiting(layer, 2)
    layer.leases.renew(agent_id, offer(), [])
    held = layer.claim(agent_id)
    layer.agents.drain("one", True)
    reply = layer.claims.claim(agent_id, offer())
    assert (reply.run, reply.unfit, reply.reason) == (None, True, "it is being drained")
    (left,) = [run for run in (first, second) if run.id != held.run_id]
    assert why(layer, left) == "agent one takes no work: it is being drained"
    assert layer.row(held.run_id).state == "RUNNING"
    layer.agents.drain("one", False)
    assert layer.claim(agent_id).run_id == left.id


def test_what_cannot_be_drained_is_named(layer: Layer, agent_id: str) -> None:
    with pytest.raises(NotFound, match="agent two"):
        layer.agents.drain("two", True)
    layer.agents.revoke("one")
    with pytest.raises(NotFound):
        layer.agents.label("one", ["ssd"])


def test_a_run_goes_only_to_an_agent_with_its_labels(layer: Layer, agent_id: str) -> None:
    layer.leases.renew(agent_id, offer(labels=["ssd"]), [])
    both = waiting(layer, demands="label=gpu label=ssd")
    assert layer.claims.claim(agent_id, offer(labels=["ssd"])).run is None
    assert why(layer, both) == "no online agent of pool default has the label gpu: agent one has ssd"
    # Those of its settings and those it was given here count together.
    layer.agents.label("one", ["gpu"])
    assert layer.claim(agent_id, labels=["ssd"]).run_id == both.id


def test_labels_are_given_with_the_enrolment(layer: Layer) -> None:
    agent = layer.agents.enrol("two", "default", "nats://localhost", labels=["gpu"]).agent_id
    run = waiting(layer, demands="label=gpu")
    assert layer.claim(agent).run_id == run.id
    with pytest.raises(Invalid, match="'a b' is no label"):
        layer.agents.enrol("three", "default", "nats://localhost", labels=["a b"])
    assert [one.name for one in layer.agents.all()] == ["two"]


def test_labels_are_read_from_a_parameter() -> None:
    assert demanded_labels("parameter", " ssd,gpu  ssd\n") == ["gpu", "ssd"]
    assert demanded_labels("parameter", "") == []
    with pytest.raises(Invalid, match=r"^parameter: '\$\{x\}' is no label"):
        demanded_labels("parameter", "${x}")
    with pytest.raises(Invalid, match="at most 8 labels are possible, not 9"):
        demanded_labels("parameter", " ".join(f"l{number}" for number in range(9)))
