"""Pools over HTTP: what members see, and what the administrators of the installation change."""

from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import delete, select, update

from bottega.audit.tables import AuditEvent
from bottega.iam.principal import Right
from bottega.iam.tables import Tenant
from bottega.ids import new_hex
from bottega.runs.held import CLAIMABLE, PLAN
from bottega.runs.messages import OfferedTool
from bottega.runs.pools.tables import AgentPool
from bottega.runs.tables import Agent
from tests.build.harness import Server, build_server, new_callers
from tests.support.databases import seed_project
from tests.support.runs import new_run, offer, submit


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with build_server(tmp_path_factory.mktemp("pools")) as one:
        yield one


@pytest.fixture
def server(started: Server) -> Server:
    """``alice`` administers the first tenant, ``bob`` another one. There are no pools and no agents."""
    new_callers(started)
    first = started.callers["alice"].tenant_id
    with started.builds.database.write() as session:
        session.execute(update(Tenant).values(created_at=2))
        session.execute(update(Tenant).where(Tenant.id == first).values(created_at=1))
        for table in (AgentPool, Agent, AuditEvent):
            session.execute(delete(table))
    return started


def ask(server: Server, caller: str, method: str, path: str, **more: Any) -> httpx.Response:
    with server.caller(caller) as http:
        return http.request(method, path, **more)


def enrol(server: Server, name: str, pool: str = "default", **offered: Any) -> str:
    """An agent that was heard of just now."""
    agent_id = server.services.agents.enrol(name, pool, "nats://localhost").agent_id
    server.services.control._leases.renew(agent_id, offer(**offered), [])
    return agent_id


def pools(server: Server, caller: str = "alice") -> dict[str, Any]:
    answer = ask(server, caller, "GET", "/v1/agent-pools")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["total"] == len(found["pools"])
    return {pool["name"]: pool for pool in found["pools"]}


def test_pools_are_made_changed_and_deleted(server: Server) -> None:
    body = {"name": "big", "description": "large machines", "concurrency": 2}
    made = server.http.post("/v1/agent-pools", json=body)
    assert made.status_code == 200, made.text
    assert {key: made.json()[key] for key in body} == body
    assert made.json()["created_by"] == "admin"
    assert set(pools(server)) == {"default", "big"}
    again = server.http.post("/v1/agent-pools", json=body)
    assert (again.status_code, again.json()["error_msg"]) == (400, "there is a pool named big already")
    changed = server.http.put("/v1/agent-pools/big", json={"description": "larger"}).json()
    assert (changed["description"], changed["concurrency"]) == ("larger", None)
    assert server.http.get("/v1/agent-pools/big").json() == changed
    assert server.http.delete("/v1/agent-pools/big").status_code == 204
    assert server.http.get("/v1/agent-pools/big").status_code == 422
    assert server.http.delete("/v1/agent-pools/big").status_code == 422
    with server.builds.database.read() as session:
        names = session.scalars(select(AuditEvent.name).order_by(AuditEvent.at, AuditEvent.id)).all()
    assert sorted(names) == ["createAgentPool", "deleteAgentPool", "updateAgentPool"]


def test_the_default_pool_can_be_limited_and_not_deleted(server: Server) -> None:
    assert server.http.put("/v1/agent-pools/default", json={"concurrency": 3}).json()["concurrency"] == 3
    refused = server.http.delete("/v1/agent-pools/default")
    assert (refused.status_code, refused.json()["error_msg"]) == (400, "the pool default cannot be deleted")


def test_a_pool_with_agents_is_not_deleted(server: Server) -> None:
    server.http.post("/v1/agent-pools", json={"name": "big"})
    enrol(server, "one", "big")
    refused = server.http.delete("/v1/agent-pools/big")
    assert refused.json()["error_msg"] == "the pool big has 1 agents; revoke them first"
    server.services.agents.revoke("one")
    assert server.http.delete("/v1/agent-pools/big").status_code == 204


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": ""}, "name: letters, digits, '_', '-' only, 64 at most"),
        ({"name": "a.b"}, "name: letters, digits"),
        ({"name": "big\n"}, "name: letters, digits"),
        ({"name": "b", "concurrency": 0}, "concurrency: expected 1 to 1000000, or null for no limit"),
        ({"name": "b", "concurrency": 2**70}, "concurrency"),
        ({"name": "b", "description": "x" * 1001}, "description: expected at most 1000 characters"),
        ({"name": "b", "description": "\0"}, "description: contains a NUL character"),
    ],
)
def test_a_pool_that_cannot_be_is_refused(server: Server, body: dict[str, Any], message: str) -> None:
    answer = server.http.post("/v1/agent-pools", json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "CB.00060200")
    assert message in answer.json()["error_msg"]
    assert set(pools(server)) == {"default"}


def test_agents_are_shown_with_what_they_offer_and_why_they_take_nothing(server: Server) -> None:
    tools = [OfferedTool(name="jdk", version="17.0.15", home="/usr/lib/jvm/17")]
    enrol(server, "good", labels=["ssd"], tools=tools)
    enrol(server, "low", refusing="its disk is low")
    server.services.agents.enrol("silent", "default", "nats://localhost")
    server.services.agents.enrol("gone", "default", "nats://localhost")
    server.services.agents.revoke("gone")
    good, low, silent = pools(server)["default"]["agents"]
    assert (good["state"], good["why_not"], good["slots"], good["arch"]) == ("online", "", 2, "x86-64")
    assert (good["labels"], good["tools"]) == (["ssd"], [{"name": "jdk", "version": "17.0.15"}])
    assert (low["state"], low["why_not"]) == ("online", "its disk is low")
    assert (silent["state"], silent["why_not"]) == ("offline", "it is not heard of")


def test_an_agent_is_drained_labelled_and_let_back(server: Server) -> None:
    agent_id = enrol(server, "one", labels=["own"])
    path = "/v1/agent-pools/default/agents/one"
    drained = server.http.put(path, json={"draining": True, "labels": ["ssd", "gpu", "ssd"]})
    assert drained.status_code == 200, drained.text
    assert (drained.json()["state"], drained.json()["why_not"]) == ("draining", "it is being drained")
    assert drained.json()["labels"] == ["gpu", "own", "ssd"]
    back = server.http.put(path, json={"draining": False}).json()
    assert (back["state"], back["why_not"], back["labels"]) == ("online", "", ["gpu", "own", "ssd"])
    for bad in (["a b"], [""], ["x" * 33], ["\0"], [f"l{number}" for number in range(17)]):
        assert server.http.put(path, json={"labels": bad}).status_code == 400
    for other in ("/v1/agent-pools/big/agents/one", "/v1/agent-pools/default/agents/two"):
        assert server.http.put(other, json={"draining": True}).status_code == 422
    with server.builds.database.read() as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.at, AuditEvent.id)).all()
    assert [(one.resource_id, one.detail) for one in events] == [
        (agent_id, "draining True, labels ['gpu', 'ssd']"),
        (agent_id, "draining False"),
    ]


def test_a_build_flow_and_what_it_holds_back_take_no_place_in_a_pool(server: Server) -> None:
    runs, database, alice = server.services.runs, server.builds.database, server.callers["alice"]
    flow, *_ = [
        submit(runs, database, new_run(alice, number=number, task_id=new_hex(), held=held))
        for number, held in ((1, PLAN), (2, PLAN), (3, CLAIMABLE))
    ]
    with database.write() as session:
        assert runs.held.begin_flow(session, flow.id)
    shown = pools(server)["default"]
    assert (shown["running"], shown["waiting"]) == (0, 1)


def test_other_tenants_see_the_pools_of_their_builds_and_change_none(server: Server) -> None:
    for name in ("big", "secret"):
        server.http.post("/v1/agent-pools", json={"name": name})
    enrol(server, "one", "secret")
    assert set(pools(server, "bob")) == {"default"}
    submit(
        server.services.runs, server.builds.database, new_run(server.callers["bob"], pool="big", arch="arm")
    )
    assert set(pools(server, "bob")) == {"default", "big"}
    # How much others have to build is nobody's business, whoever runs the installation.
    assert [pools(server, who)["big"]["waiting"] for who in ("alice", "bob")] == [0, 1]
    assert ask(server, "bob", "GET", "/v1/agent-pools/secret").json() == {
        "error_code": "DEVCB.00031006",
        "error_msg": "agent pool secret does not exist",
    }
    before = pools(server)
    for answer in (
        ask(server, "bob", "POST", "/v1/agent-pools", json={"name": "own"}),
        ask(server, "bob", "PUT", "/v1/agent-pools/big", json={}),
        ask(server, "bob", "DELETE", "/v1/agent-pools/big"),
        ask(server, "bob", "PUT", "/v1/agent-pools/secret/agents/one", json={"draining": True}),
    ):
        assert answer.status_code == 403
        assert "installation's first tenant" in answer.json()["error_msg"]
    assert pools(server) == before


def test_who_administers_nothing_changes_nothing(server: Server) -> None:
    alice = server.callers["alice"]
    server.callers["viewer"] = msgspec.structs.replace(alice, rights=frozenset({Right.VIEW, Right.MODIFY}))
    assert set(pools(server, "viewer")) == {"default"}
    assert ask(server, "viewer", "POST", "/v1/agent-pools", json={"name": "own"}).status_code == 403
    # Without any right, a part in one project is enough to look.
    server.callers["guest"] = msgspec.structs.replace(alice, rights=frozenset(), user_id="f" * 32)
    assert ask(server, "guest", "GET", "/v1/agent-pools").status_code == 403
    member = msgspec.structs.replace(alice, rights=frozenset())
    server.callers["guest"] = member
    seed_project(server.builds.database, member)
    assert ask(server, "guest", "GET", "/v1/agent-pools").status_code == 200


def test_long_lists_have_pages(server: Server) -> None:
    for name in ("a", "b", "c"):
        server.http.post("/v1/agent-pools", json={"name": name})
    page = server.http.get("/v1/agent-pools", params={"offset": 1, "limit": 2}).json()
    assert (page["total"], [pool["name"] for pool in page["pools"]]) == (4, ["b", "c"])
    for bad in ({"offset": -1}, {"limit": 0}, {"limit": 101}):
        assert server.http.get("/v1/agent-pools", params=bad).status_code == 400
