"""Waiting for hints, against a real broker."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

import nats
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig

from bottega.agent.hints import Hints, settle
from bottega.runs.control.connection import ensure_streams
from bottega.runs.messages import WORK_STREAM, work_consumer, work_subject
from bottega.runs.nats_server import CONTROL_USER, NatsServer
from tests.support.workshop import all_settled

CONSUMER = work_consumer("default", "x86-64")
SUBJECT = work_subject("default", "x86-64")
NEVER = asyncio.Event


@contextlib.asynccontextmanager
async def broker(folder: Path, *, consumer: bool = True) -> AsyncGenerator[JetStreamContext]:
    server = NatsServer(folder / "nats", "127.0.0.1", 0, 2 * 1024**3)
    await server.start([])
    client = await nats.connect(server.url, user=CONTROL_USER, password=server.control_password)
    stream = client.jetstream()
    await ensure_streams(stream)
    if consumer:
        await add_consumer(stream)
    yield stream
    await client.close()
    await server.stop()


async def add_consumer(stream: JetStreamContext) -> None:
    config = ConsumerConfig(
        durable_name=CONSUMER, filter_subject=SUBJECT, ack_policy=AckPolicy.EXPLICIT, ack_wait=30
    )
    await stream.add_consumer(WORK_STREAM, config)


def test_without_a_consumer_the_broker_is_asked_a_few_times_and_not_in_a_loop(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with broker(tmp_path, consumer=False) as stream:
            said = stream._nc.stats["out_msgs"]
            hints = Hints(stream, CONSUMER)
            assert await hints.wait(1.0, NEVER()) is None
            assert 1 <= stream._nc.stats["out_msgs"] - said <= 8
            # As soon as there is one, hints come; also those that were given before.
            await stream.publish(SUBJECT, b"")
            await add_consumer(stream)
            assert await hints.wait(20.0, NEVER()) is not None
            hints.close()

    asyncio.run(scenario())


def test_waiting_ends_when_it_is_interrupted_and_the_hint_comes_to_the_next_wait(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with broker(tmp_path) as stream:
            hints = Hints(stream, CONSUMER)
            interruption = asyncio.Event()
            interruption.set()
            assert await hints.wait(60.0, interruption) is None
            await stream.publish(SUBJECT, b"")
            hint = await hints.wait(60.0, NEVER())
            assert hint is not None
            await settle(hint)
            await all_settled(stream)
            hints.close()

    asyncio.run(scenario())


def test_a_hint_for_an_agent_that_has_left_goes_to_another(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with broker(tmp_path) as stream:
            leaver, other = Hints(stream, CONSUMER), Hints(stream, CONSUMER)
            interruption = asyncio.Event()
            interruption.set()
            assert await leaver.wait(60.0, interruption) is None
            await leaver.leave()
            # The leaver's request is still with the broker and is the first in line.
            await stream.publish(SUBJECT, b"")
            assert await other.wait(20.0, NEVER()) is not None
            leaver.close()
            other.close()

    asyncio.run(scenario())
