"""Handing runs to agents."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from bottega.runs.spec import StepSpec
from bottega.runs.states import RunState
from bottega.runs.tables import Agent, Run, TenantLimit
from tests.runs.conftest import Layer
from tests.support.runs import new_run, offer, submit


def test_the_oldest_run_is_handed_out_first(layer: Layer, agent_id: str) -> None:
    runs = [submit(layer.runs, layer.database, new_run(layer.caller, number)) for number in (1, 2, 3)]
    with layer.database.write() as session:
        for age, run in enumerate(runs):
            session.execute(update(Run).where(Run.id == run.id).values(queued_at=1000 - age))
    claimed = [layer.claim(agent_id).run_id for _ in runs]
    assert claimed == [run.id for run in reversed(runs)]


def test_twenty_concurrent_claims_give_every_run_to_exactly_one(layer: Layer, agent_id: str) -> None:
    wanted = {submit(layer.runs, layer.database, new_run(layer.caller, number)).id for number in range(1, 11)}
    with ThreadPoolExecutor(8) as threads:
        replies = list(threads.map(lambda _: layer.claims.claim(agent_id, offer()), range(20)))
    # A claim that lost every race says so and is repeated by the agent; none may hand out a run twice.
    taken = [reply.run.run_id for reply in replies if reply.run is not None]
    while (reply := layer.claims.claim(agent_id, offer())).run is not None:
        taken.append(reply.run.run_id)
    assert sorted(taken) == sorted(wanted)


def test_a_run_of_another_pool_or_architecture_is_not_handed_out(layer: Layer, agent_id: str) -> None:
    submit(layer.runs, layer.database, new_run(layer.caller, 1, pool="other"))
    submit(layer.runs, layer.database, new_run(layer.caller, 2, arch="arm"))
    assert layer.claims.claim(agent_id, offer()).run is None


def test_a_tenant_at_its_limit_waits_and_is_told_why(layer: Layer, agent_id: str) -> None:
    with layer.database.write() as session:
        session.add(TenantLimit(tenant_id=layer.caller.tenant_id, concurrency=1, queue=10))
    submit(layer.runs, layer.database, new_run(layer.caller, 1))
    second = submit(layer.runs, layer.database, new_run(layer.caller, 2))
    layer.leases.renew(agent_id, offer(), [])
    layer.claim(agent_id)
    assert layer.claims.claim(agent_id, offer()).run is None
    with layer.database.read() as session:
        assert layer.runs.waiting_reason(session, second) == (
            "the tenant's limit of 1 running builds is reached, position 1 in the queue"
        )


def test_a_run_that_waits_for_an_agent_says_which_one_is_missing(layer: Layer, agent_id: str) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller, 1, arch="arm"))
    with layer.database.read() as session:
        assert layer.runs.waiting_reason(session, run) == "no agent of pool default is online"
    layer.leases.renew(agent_id, offer(), [])
    with layer.database.read() as session:
        assert layer.runs.waiting_reason(session, run) == "no online agent of pool default offers arm"


def test_a_build_is_refused_rather_than_run_below_the_required_sandbox(layer: Layer, agent_id: str) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller))
    weak = offer(sandbox_level="process", notes=["bubblewrap is not installed"])
    assert layer.claims.claim(agent_id, weak).run is None
    row = layer.row(run.id)
    assert row.state == RunState.SCHEDULE_FAILURE
    assert "sandbox.require is landlock" in row.reason
    assert "bubblewrap is not installed" in row.reason


def test_a_run_that_cannot_be_prepared_does_not_block_the_next(layer: Layer, agent_id: str) -> None:
    broken = submit(layer.runs, layer.database, new_run(layer.caller, 1, secret_env={"KEY": "value"}))
    good = submit(layer.runs, layer.database, new_run(layer.caller, 2))
    with layer.database.write() as session:
        session.execute(update(Run).where(Run.id == broken.id).values(sealed_secrets=b"not sealed at all"))
    assert layer.claim(agent_id).run_id == good.id
    assert layer.row(broken.id).state == RunState.SCHEDULE_FAILURE


def test_secrets_travel_only_in_the_claim_and_are_sealed_in_the_row(layer: Layer, agent_id: str) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller, secret_env={"KEY": "hunter2"}))
    row = layer.row(run.id)
    assert row.sealed_secrets is not None
    assert b"hunter2" not in row.sealed_secrets
    assert "hunter2" not in str(row.spec)
    assert layer.claim(agent_id).secret_env == {"KEY": "hunter2"}


def test_a_revoked_agent_gets_nothing(layer: Layer, agent_id: str) -> None:
    submit(layer.runs, layer.database, new_run(layer.caller))
    assert layer.agents.revoke("one")
    assert layer.claims.claim(agent_id, offer()).reason == "this agent is not enrolled"
    assert layer.leases.renew(agent_id, offer(), []) is None


def test_an_agent_that_is_being_drained_gets_nothing_although_its_leases_go_on(
    layer: Layer, agent_id: str
) -> None:
    submit(layer.runs, layer.database, new_run(layer.caller))
    with layer.database.write() as session:
        session.execute(update(Agent).where(Agent.id == agent_id).values(draining_at=1))
    for likely in (False, True):
        reply = layer.claims.claim(agent_id, offer(), likely=likely)
        assert (reply.run, reply.unfit) == (None, True)
    assert layer.leases.renew(agent_id, offer(), []) == []


def test_a_run_is_left_to_a_stronger_agent_that_is_online(layer: Layer, agent_id: str) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller))
    strong = layer.agents.enrol("strong", "default", "nats://localhost").agent_id
    weak = offer(sandbox_level="process", notes=["bubblewrap is not installed"])
    layer.leases.renew(strong, offer(), [])
    layer.leases.renew(agent_id, weak, [])
    reply = layer.claims.claim(agent_id, weak)
    assert reply.unfit
    assert reply.run is None
    assert reply.reason == (
        "sandbox.require is landlock, the agent offers only process (bubblewrap is not installed)"
    )
    assert layer.claim(strong).run_id == run.id


@pytest.mark.parametrize(
    "change", [{"arch": "arm"}, {"sandbox_level": "process"}, {"sandbox_level": "made up"}]
)
def test_a_run_fails_when_no_agent_that_could_take_it_is_strong_enough(
    layer: Layer, agent_id: str, change: dict[str, str]
) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller))
    other = layer.agents.enrol("other", "default", "nats://localhost").agent_id
    elsewhere = layer.agents.enrol("elsewhere", "other-pool", "nats://localhost").agent_id
    layer.leases.renew(other, offer(**change), [])
    layer.leases.renew(elsewhere, offer(), [])
    # What this agent itself offered before counts no more.
    layer.leases.renew(agent_id, offer(), [])
    assert layer.claims.claim(agent_id, offer(sandbox_level="process")).run is None
    assert layer.row(run.id).state == RunState.SCHEDULE_FAILURE


def test_a_stronger_agent_that_is_long_gone_is_not_waited_for(layer: Layer, agent_id: str) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller))
    strong = layer.agents.enrol("strong", "default", "nats://localhost").agent_id
    layer.leases.renew(strong, offer(), [])
    with layer.database.write() as session:
        session.execute(update(Agent).where(Agent.id == strong).values(last_seen_at=1))
    weak = offer(sandbox_level="process")
    # Just started, the control plane cannot know who is about to come back.
    assert layer.claims.claim(agent_id, weak).unfit
    layer.claims._born_at = 0
    assert layer.claims.claim(agent_id, weak).run is None
    assert layer.row(run.id).state == RunState.SCHEDULE_FAILURE


def test_a_reply_says_whether_more_is_waiting_and_another_agent_is_hinted(
    layer: Layer, agent_id: str
) -> None:
    hints: list[tuple[str, str]] = []
    layer.runs.hints.work = lambda pool, arch: hints.append((pool, arch))
    for number in (1, 2):
        submit(layer.runs, layer.database, new_run(layer.caller, number))
    assert layer.claims.claim(agent_id, offer()).waiting
    assert hints == [("default", "x86-64")]
    last = layer.claims.claim(agent_id, offer())
    assert (last.run is not None, last.waiting) == (True, False)
    assert layer.claims.claim(agent_id, offer()).waiting is False
    assert len(hints) == 1


def test_a_claim_that_finds_nothing_writes_nothing(layer: Layer, agent_id: str) -> None:
    with layer.database.write() as session:
        session.add(TenantLimit(tenant_id=layer.caller.tenant_id, concurrency=1, queue=10))
    for number in (1, 2):
        submit(layer.runs, layer.database, new_run(layer.caller, number))
    layer.claim(agent_id)
    before = layer.database.write_transactions
    held_back = layer.claims.claim(agent_id, offer())
    assert (held_back.run, held_back.waiting) == (None, True)
    assert layer.database.write_transactions == before
    read = layer.database.read_transactions
    likely = layer.claims.claim(agent_id, offer(), likely=True)
    assert (likely.run, likely.waiting) == (None, True)
    assert layer.database.read_transactions == read


def test_a_claim_brings_the_credentials_of_the_runs_own_host_only(layer: Layer, agent_id: str) -> None:
    layer.claims._git = {
        "policy": {},
        "credentials": [
            {"host": host, "username": "ci", "secret": f"secret of {host}", "submodules_of": []}
            for host in ("ours.example", "theirs.example")
        ],
    }
    step = StepSpec(
        key="stage1", name="Code checkout", action="checkout", inputs={"url": "https://ours.example/app.git"}
    )
    new = new_run(layer.caller)
    new.spec.steps = [step]
    submit(layer.runs, layer.database, new)
    claimed = layer.claim(agent_id)
    assert "secret of ours.example" in repr(claimed.git)
    assert "theirs.example" not in repr(claimed)


@pytest.mark.parametrize(
    ("steps_of", "given"), [("https://ours.example/app.git", True), ("https://theirs.example/app.git", False)]
)
def test_a_claim_brings_no_credentials_that_only_the_repository_of_the_steps_asks_for(
    layer: Layer, agent_id: str, steps_of: str, *, given: bool
) -> None:
    secret = {"host": "ours.example", "username": "ci", "secret": "of ours", "submodules_of": []}
    layer.claims._git = {"policy": {}, "credentials": [secret]}
    inputs = {"url": "https://ours.example/app.git"}
    new = new_run(layer.caller)
    new.spec.steps = [StepSpec(key="stage1", name="Code checkout", action="checkout", inputs=inputs)]
    new.spec.steps_of = steps_of
    submit(layer.runs, layer.database, new)
    assert ("of ours" in repr(layer.claim(agent_id).git)) is given


def test_a_refused_run_with_an_earlier_attempt_keeps_that_attempts_log(layer: Layer, agent_id: str) -> None:
    run = submit(layer.runs, layer.database, new_run(layer.caller))
    layer.claim(agent_id)
    layer.end_lease(run.id)
    layer.leases.reap()
    layer.claims.claim(agent_id, offer(sandbox_level="process"))
    row = layer.row(run.id)
    assert (row.state, row.log_sealed) == (RunState.SCHEDULE_FAILURE, False)
