"""The way of the reports is made anew when the broker lost it."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import nats
import pytest
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from bottega.runs.control.connection import ensure_streams
from bottega.runs.control.reports import Reports
from bottega.runs.control.stream_watch import StreamWatch
from bottega.runs.messages import (
    REPORT_STREAM,
    Report,
    Stored,
    control_subject,
    decode,
    encode,
    report_subject,
)
from bottega.store.database import Database
from tests.runs.conftest import Layer
from tests.support.brokers import Broker
from tests.support.runs import new_run, submit

REPLICA = "replica"
Damage = Callable[[JetStreamContext], Awaitable[object]]


async def delete_the_stream(stream: JetStreamContext) -> None:
    await stream.delete_stream(REPORT_STREAM)


async def delete_the_consumer(stream: JetStreamContext) -> None:
    await stream.delete_consumer(REPORT_STREAM, f"recorder_{REPLICA}")


@pytest.mark.parametrize("damage", [delete_the_stream, delete_the_consumer])
def test_reports_are_stored_again_after_one_look(
    broker: Broker,
    make_layer: Callable[[Database], Layer],
    sqlite_database: Database,
    damage: Damage,
) -> None:
    layer = make_layer(sqlite_database)
    agent_id = layer.agents.enrol("one", "default", broker.agent_url).agent_id
    submit(layer.runs, layer.database, new_run(layer.caller))
    claimed = layer.claim(agent_id)

    async def scene(executor: ThreadPoolExecutor) -> None:
        client = await nats.connect(broker.control_url)
        stream = client.jetstream(timeout=5)
        await ensure_streams(stream)
        reports = Reports(client, stream, executor, layer.recorder, REPLICA)
        await reports.start()
        watch = StreamWatch(stream, reports, REPLICA)
        answers = await client.subscribe(control_subject(agent_id, "stored"))

        async def report(offset: int, log: bytes) -> int:
            piece = Report(
                run_id=claimed.run_id,
                attempt=1,
                lease_token=claimed.lease_token,
                log_offset=offset,
                log=log,
                first_event=0,
                events=[],
            )
            await stream.publish(report_subject(REPLICA, agent_id), encode(piece))
            return decode((await answers.next_msg(10)).data, type=Stored).log_size

        assert await report(0, b"one\n") == 4
        await watch.look()
        assert await report(4, b"two\n") == 8
        await damage(stream)
        with pytest.raises(NotFoundError):
            await stream.consumer_info(REPORT_STREAM, f"recorder_{REPLICA}")
        await watch.look()
        assert await report(8, b"three\n") == 14
        # Looking leaves nothing behind in the stream.
        await watch.look()
        async with asyncio.timeout(10):
            while (await stream.stream_info(REPORT_STREAM)).state.messages:
                await client.flush()
        await stream.delete_stream(REPORT_STREAM)
        await client.close()

    with ThreadPoolExecutor(1) as executor:
        asyncio.run(scene(executor))
    assert layer.live.read(claimed.run_id, 0, 100) == b"one\ntwo\nthree\n"
    layer.live.close()
