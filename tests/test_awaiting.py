"""Cancellations at the worst moment: together with what is waited for."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import bottega.awaiting
from bottega.awaiting import end_all, set_within, within
from bottega.runs.control.periodic import every

PATIENCE = 5.0


MOMENTS = range(5)
"""Turns of the event loop between the event and the cancellation; one of them was the one that was forgotten."""


async def cancelled_after(task: "asyncio.Task[None]", event: asyncio.Event, turns: int) -> None:
    event.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    _, left = await asyncio.wait([task], timeout=PATIENCE)
    assert not left
    assert task.cancelled()


@pytest.mark.parametrize("turns", MOMENTS)
def test_a_wait_that_is_cancelled_as_its_event_is_set_ends(turns: int) -> None:
    async def scenario() -> None:
        event = asyncio.Event()

        async def wait_for_ever() -> None:
            while True:
                await set_within(3600.0, event)
                event.clear()

        task = asyncio.create_task(wait_for_ever())
        await asyncio.sleep(0)
        await cancelled_after(task, event, turns)

    asyncio.run(scenario())


@pytest.mark.parametrize("turns", MOMENTS)
def test_periodic_work_that_is_cancelled_as_it_is_woken_ends(turns: int) -> None:
    async def scenario() -> None:
        worked, wake = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as threads:
            work = every(3600.0, "nothing", lambda: loop.call_soon_threadsafe(worked.set), threads, wake=wake)
            task = asyncio.create_task(work)
            await within(PATIENCE, worked.wait())
            # The only thread has told of the first turn's end when it takes this: what is woken next is the wait.
            await loop.run_in_executor(threads, str)
            await asyncio.sleep(0)
            await cancelled_after(task, wake, turns)

    asyncio.run(scenario())


def test_what_takes_too_long_is_said_so() -> None:
    async def scenario() -> None:
        assert not await set_within(0.001, asyncio.Event())
        with pytest.raises(TimeoutError):
            await within(0.001, asyncio.Event().wait())

    asyncio.run(scenario())


def test_a_task_that_forgets_a_cancellation_is_ended_all_the_same() -> None:
    async def scenario() -> None:
        forgot = asyncio.Event()

        async def forgetful() -> None:
            try:
                await asyncio.sleep(3600.0)
            except asyncio.CancelledError:
                forgot.set()
            await asyncio.sleep(3600.0)

        task = asyncio.create_task(forgetful())
        await asyncio.sleep(0)
        await within(PATIENCE, end_all([task]))
        assert forgot.is_set()
        assert task.cancelled()

    asyncio.run(scenario())


def test_nothing_of_ours_waits_in_the_way_that_forgets() -> None:
    source = Path(bottega.awaiting.__file__).parent
    assert [path for path in source.rglob("*.py") if "asyncio.wait_for(" in path.read_text("utf-8")] == []
