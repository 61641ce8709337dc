"""How an agent asks for runs: at once when there is one, and hardly ever when there is none."""

import asyncio

import pytest
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from bottega.agent import claiming
from bottega.agent import hints as pulling
from bottega.agent.identity import host_arch
from bottega.agent.sandbox import Level, probe
from bottega.runs.control import hints
from bottega.runs.control.service import ControlService
from bottega.runs.messages import WORK_STREAM, work_consumer
from bottega.runs.states import RunState
from tests.support.workshop import until, workshop

CLAIMS = "bottega.agent.*.claim"


@pytest.fixture(autouse=True)
def _seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    # So that what is counted was prompted by something.
    monkeypatch.setattr(claiming, "ASK_SECONDS", 3600.0)
    monkeypatch.setattr(pulling, "PULL_SECONDS", 3600.0)
    monkeypatch.setattr(hints, "SCAN_SECONDS", 3600.0)


def test_an_agent_asks_once_for_a_run_that_is_alone() -> None:
    async def scenario() -> None:
        async with workshop({"one": {}}) as made:
            made.workers["one"].start()
            assert (await made.ended(made.submit())).state == RunState.SUCCESS
            await made.hints_are_settled()
            async with made.counted(CLAIMS) as claims:
                for _ in range(4):
                    assert (await made.ended(made.submit())).state == RunState.SUCCESS
                    await until(lambda: not made.workers["one"].spools)
            # The scan at the agent's arrival may have seen the very first run and hint at it late.
            assert 4 <= len(claims) <= 5

    asyncio.run(scenario())


def test_a_crowd_of_runs_costs_hardly_more_requests_than_runs() -> None:
    async def scenario() -> None:
        async with workshop({"one": {}}) as made:
            made.workers["one"].start()
            await made.ended(made.submit())
            await made.hints_are_settled()
            async with made.counted(CLAIMS) as claims:
                runs = [made.submit() for _ in range(12)]
                assert {(await made.ended(run)).state for run in runs} == {RunState.SUCCESS}
                assert (await made.ended(made.submit())).state == RunState.SUCCESS
            # One hint may be left over from the crowd.
            assert 13 <= len(claims) <= 16

    asyncio.run(scenario())


def test_two_hundred_hints_are_one() -> None:
    async def scenario() -> None:
        async with workshop({"one": {}}) as made:
            for _ in range(200):
                made.services.runs.hints.work("default", "x86-64")
            client = await made.listen()
            stream = client.jetstream()
            await until(lambda: made.services.control.connected)
            for _ in range(200):
                await stream.publish("bottega.work.default.x86-64", b"")
            assert (await stream.stream_info("BOTTEGA_WORK")).state.messages == 1
            await client.close()

    asyncio.run(scenario())


def test_runs_that_were_queued_before_the_agent_came_are_taken_without_any_hint() -> None:
    async def scenario() -> None:
        async with workshop({"one": {}}) as made:
            runs = [made.submit() for _ in range(3)]
            client = await made.listen()
            await client.jetstream().purge_stream("BOTTEGA_WORK")
            await client.close()
            made.workers["one"].start()
            assert {(await made.ended(run)).state for run in runs} == {RunState.SUCCESS}

    asyncio.run(scenario())


def test_a_freed_slot_is_filled_without_any_hint() -> None:
    async def scenario() -> None:
        async with workshop({"one": {"agent": {"slots": 1}}}) as made:
            made.workers["one"].start()
            made.services.runs.hints.work = lambda _pool, _arch: None
            runs = [made.submit() for _ in range(4)]
            assert {(await made.ended(run)).state for run in runs} == {RunState.SUCCESS}

    asyncio.run(scenario())


def test_an_agent_of_a_pool_that_nobody_served_hears_the_next_hint() -> None:
    async def scenario() -> None:
        async with workshop({"one": {}}) as made:
            made.workers["one"].start()
            await until(lambda: made.offered("one"))
            # Nothing but hints prompts a request here.
            assert (await made.ended(made.submit())).state == RunState.SUCCESS

    asyncio.run(scenario())


def test_an_agent_that_is_too_weak_leaves_the_work_to_a_stronger_one() -> None:
    strong = probe()
    if strong.level is Level.PROCESS:
        pytest.skip("this host offers no level above process")
    weak = strong.replace(level="process", notes=["user namespaces are off"])

    async def scenario() -> None:
        async with workshop({"weak": {}, "strong": {}}) as made:
            made.workers["strong"].start(strong)
            await until(lambda: made.offered("strong"))
            made.workers["weak"].start(weak)
            await until(lambda: made.offered("weak").get("refusing"))
            assert (
                "sandbox.require is landlock, the agent offers only process"
                in made.offered("weak")["refusing"]
            )
            subject = f"bottega.agent.{made.workers['weak'].identity.agent_id}.claim"
            async with made.counted(subject) as asked:
                runs = [made.submit() for _ in range(6)]
                ended = [await made.ended(run) for run in runs]
            assert {run.state for run in ended} == {RunState.SUCCESS}
            assert {run.agent_id for run in ended} == {made.workers["strong"].identity.agent_id}
            assert asked == []
            await made.workers["strong"].stop()
            waiting = made.submit()
            assert "agent weak takes no work: sandbox.require is landlock" in made.why_waiting(waiting)

    asyncio.run(scenario())


def test_an_agent_that_waits_for_its_broker_can_be_told_to_stop() -> None:
    async def scenario() -> None:
        async with workshop({"one": {}}) as made:
            await made.services.control.stop()
            await made.broker.stop()
            made.workers["one"].start()
            await until((made.workers["one"].folder / "notify").exists)
            async with asyncio.timeout(15):
                await made.workers["one"].stop()

    asyncio.run(scenario())


def test_an_agent_with_a_low_disk_takes_nothing_until_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claiming, "LOOK_SECONDS", 0.1)

    async def scenario() -> None:
        async with workshop({"one": {"retention": {"min_free_percent": 99.999}}}) as made:
            worker = made.workers["one"]
            worker.start()
            await until(lambda: made.offered("one"))
            waiting = made.submit()
            reason = made.why_waiting(waiting)
            assert reason.startswith("agent one takes no work: ")
            assert reason.endswith("GiB are kept free (retention.min_free_percent)")
            worker.settings.retention.min_free_percent = 0.0
            assert (await made.ended(waiting)).state == RunState.SUCCESS

    asyncio.run(scenario())


def test_after_the_broker_was_killed_runs_are_taken_without_waiting_for_a_look() -> None:
    async def scenario() -> None:
        async with workshop({"one": {}}) as made:
            made.workers["one"].start()
            assert (await made.ended(made.submit())).state == RunState.SUCCESS
            await made.hints_are_settled()
            broker = made.broker
            assert broker._process is not None
            broker._process.kill()
            await broker.wait()
            # Its hint gets lost: only the return of the broker can prompt the agent.
            run_id = made.submit()
            await broker.start(made.services.agents.keys())
            assert (await made.ended(run_id)).state == RunState.SUCCESS
            client = await made.listen()
            stream = client.jetstream()
            async with asyncio.timeout(15):
                # The new broker's consumer is there without a scan being due, and the agent asks it for hints.
                while not await waits_at(stream, made.services.control):  # noqa: ASYNC110 - only the broker knows
                    await asyncio.sleep(0.01)
            await client.close()
            assert (await made.ended(made.submit())).state == RunState.SUCCESS

    asyncio.run(scenario())


async def waits_at(stream: JetStreamContext, control: ControlService) -> bool:
    """Whether an agent has left a request for hints."""
    try:
        consumer = await stream.consumer_info(WORK_STREAM, work_consumer("default", host_arch()))
    except NotFoundError:
        return False
    return control.connected and bool(consumer.num_waiting)
