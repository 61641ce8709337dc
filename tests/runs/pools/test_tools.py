"""Which agents get runs that demand tools, and what a run that waits for one says."""

from typing import Any

import pytest

from bottega.runs.messages import OfferedTool
from bottega.runs.pools.demands import LONGEST, MOST, read, written
from bottega.runs.tables import Agent, Run
from tests.runs.conftest import Layer
from tests.support.runs import new_run, offer, submit


@pytest.fixture
def layer(make_layer: Any, database: Any) -> Layer:
    return make_layer(database)


def waiting(layer: Layer, demands: str, number: int = 1, **changes: Any) -> Run:
    return submit(layer.runs, layer.database, new_run(layer.caller, number, demands=demands, **changes))


def having(*tools: str, **changes: Any) -> dict[str, Any]:
    found = [tool.split("=") for tool in tools]
    return {"tools": [OfferedTool(name=name, version=version) for name, version in found], **changes}


def enrolled(layer: Layer, name: str, **offered: Any) -> str:
    agent_id = layer.agents.enrol(name, "default", "nats://localhost").agent_id
    layer.leases.renew(agent_id, offer(**offered), [])
    return agent_id


def why(layer: Layer, run: Run) -> str:
    with layer.database.read() as session:
        return layer.runs.waiting_reason(session, session.get_one(Run, run.id))


def test_a_strict_agent_takes_only_what_it_has_the_tools_for(layer: Layer) -> None:
    strict = having("jdk=17.0.15", "maven=3.8.7", image_match="strict")
    agent = enrolled(layer, "a1", **strict)
    newer = waiting(layer, "jdk=21")
    good = waiting(layer, "jdk=17 maven=3.9.5", 2)
    assert layer.claim(agent, **strict).run_id == good.id
    assert layer.claims.claim(agent, offer(**strict)).run is None
    assert why(layer, newer) == "no online agent of pool default offers jdk 21: agent a1 has 17.0.15"


def test_a_lenient_agent_takes_what_no_better_agent_could(layer: Layer) -> None:
    old, new = having("jdk=17"), having("jdk=21.0.1")
    worse, better = enrolled(layer, "a1", **old), enrolled(layer, "a2", **new)
    run = waiting(layer, "jdk=21")
    reply = layer.claims.claim(worse, offer(**old))
    assert (reply.run, reply.waiting, reply.pass_on) == (None, True, True)
    # The better one takes no runs for the moment: any will do.
    layer.leases.renew(better, offer(**new, refusing="its disk is low"), [])
    assert layer.claim(worse, **old).run_id == run.id


def test_the_better_agent_gets_the_run(layer: Layer) -> None:
    old, new = having("jdk=17"), having("jdk=21.0.1")
    enrolled(layer, "a1", **old)
    better = enrolled(layer, "a2", **new)
    run = waiting(layer, "jdk=21")
    assert layer.claim(better, **new).run_id == run.id


def test_an_agent_that_has_not_looked_yet_is_trusted_unless_it_is_strict(layer: Layer) -> None:
    run = waiting(layer, "jdk=21")
    strict = enrolled(layer, "a1", image_match="strict")
    assert layer.claims.claim(strict, offer(image_match="strict")).run is None
    assert why(layer, run) == "no online agent of pool default offers jdk 21: agent a1 has not looked yet"
    assert layer.claim(enrolled(layer, "a2")).run_id == run.id


def test_nothing_is_passed_on_when_nobody_could_take_it(layer: Layer) -> None:
    strict = having("jdk=17", image_match="strict")
    agent = enrolled(layer, "a1", **strict)
    enrolled(layer, "a2", **strict)
    waiting(layer, "jdk=21")
    reply = layer.claims.claim(agent, offer(**strict))
    assert (reply.run, reply.pass_on) == (None, False)


def test_what_several_agents_lack_is_said_of_three(layer: Layer) -> None:
    for name in ("a3", "a0", "a4", "a2", "a1"):
        enrolled(layer, name, **having(image_match="strict"))
    run = waiting(layer, "gradle=8")
    assert why(layer, run) == (
        "no online agent of pool default offers gradle 8: "
        "agent a0 has none, agent a1 has none, agent a2 has none, and 2 more"
    )


def test_agents_that_each_lack_something_else_are_told_apart(layer: Layer) -> None:
    enrolled(layer, "a1", **having("jdk=17", image_match="strict"))
    enrolled(layer, "a2", **having("maven=3", image_match="strict"))
    run = waiting(layer, "jdk=17 maven=3")
    assert why(layer, run) == (
        "no online agent of pool default offers all of jdk 17, maven 3: agent a1 has none, agent a2 has 3"
    )


def test_a_run_that_nobody_can_take_does_not_block_those_behind_it(layer: Layer) -> None:
    strict = having("jdk=17", image_match="strict")
    agent = enrolled(layer, "a1", **strict)
    for number in range(1, 4):
        waiting(layer, f"jdk={20 + number}", number)
    good = waiting(layer, "", 4)
    assert layer.claim(agent, **strict).run_id == good.id


def test_hostile_offers_are_cut_to_what_can_be_kept(layer: Layer) -> None:
    tools = [OfferedTool(name=name, version="1", home="/x" * 1000) for name in ("ok", "NO", "a b", "\x00")]
    tools += [OfferedTool(name="ok", version=version) for version in ("", "1 2", "9" * 100)]
    many = [OfferedTool(name=f"t{number}", version="1") for number in range(1000)]
    agent = enrolled(
        layer,
        "a1",
        tools=tools + many,
        slots=2**40,
        refusing="x\n" * 5000,
        notes=["n" * 5000] * 500,
        sandbox="s" * 5000,
        version="v" * 5000,
        image_match="whatever",
    )
    with layer.database.read() as session:
        row = session.get_one(Agent, agent)
    assert (row.slots, row.offer["image_match"]) == (1000, "lenient")
    assert len(row.offer["tools"]) < 64
    assert row.offer["tools"][0] == {"name": "ok", "version": "1", "home": ("/x" * 1000)[:256]}
    assert len(str(row.offer)) < 32_000
    assert "\n" not in row.offer["refusing"]


@pytest.mark.parametrize("arch", ["x86-64.>", "*", "a b", "A" * 5000, "", "\x00"])
def test_an_architecture_that_cannot_be_one_serves_nothing(layer: Layer, arch: str) -> None:
    agent = enrolled(layer, "a1", arch=arch)
    waiting(layer, "")
    assert layer.claims.claim(agent, offer(arch=arch)).run is None
    with layer.database.read() as session:
        assert session.get_one(Agent, agent).arch == ""


def test_demands_are_bounded() -> None:
    assert written(["maven", "jdk=17", "jdk=17", "JDK", "a b", "label=a/b", "=1"]) == "jdk=17 maven"
    long = written(f"label=x{'y' * 28}{number}" for number in range(100))
    assert len(long.split()) <= MOST
    assert len(long) <= LONGEST
    assert [str(one) for one in read("jdk=17 label=ssd maven")] == ["jdk 17", "label ssd", "maven"]


def test_a_large_build_goes_to_an_agent_that_is_large_enough(layer: Layer) -> None:
    small, large = {"size": "2u4g"}, {"size": "16u64g"}
    one, two = enrolled(layer, "a1", **small), enrolled(layer, "a2", **large)
    first, second = waiting(layer, "flavor=16u32g"), waiting(layer, "flavor=16u32g", 2)
    reply = layer.claims.claim(one, offer(**small))
    assert (reply.run, reply.pass_on) == (None, True)
    assert layer.claim(two, **large).run_id == first.id
    # An agent of no larger pool: it runs as well as it can.
    layer.leases.renew(two, offer(**large, refusing="its disk is low"), [])
    assert layer.claim(one, **small).run_id == second.id


def test_a_strict_agent_leaves_what_is_too_large_for_it(layer: Layer) -> None:
    strict = {"size": "8u16g", "image_match": "strict"}
    agent = enrolled(layer, "a1", **strict)
    run = waiting(layer, "flavor=16u32g")
    assert layer.claims.claim(agent, offer(**strict)).run is None
    assert why(layer, run) == "no online agent of pool default offers flavor 16u32g: agent a1 has 8u16g"
    fitting = waiting(layer, "flavor=8u16g", 2)
    assert layer.claim(agent, **strict).run_id == fitting.id


@pytest.mark.parametrize("size", ["", "0u8g", "huge", "9999u1g", "2u4g\n"])
def test_an_agent_that_does_not_say_how_large_it_is_takes_any(layer: Layer, size: str) -> None:
    unsaid = {"size": size, "image_match": "strict"}
    agent = enrolled(layer, "a1", **unsaid)
    run = waiting(layer, "flavor=16u64g")
    assert layer.claim(agent, **unsaid).run_id == run.id
