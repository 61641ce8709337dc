"""Periodic work: what fails is tried again, what hangs holds up nobody."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from structlog.testing import capture_logs

from bottega.runs.control.periodic import every
from tests.support.waiting import eventually

OFTEN = 0.001
NEVER = 3600.0


def run_while(condition: Callable[[], bool], *works: object) -> None:
    """Run these coroutines until the condition holds, then cancel them."""

    async def both() -> None:
        tasks = [asyncio.ensure_future(work) for work in works]  # pyright: ignore
        await asyncio.to_thread(eventually, condition)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(both())


@pytest.mark.parametrize("own_thread", [True, False])
def test_trouble_is_said_once_and_so_is_its_end(own_thread: bool) -> None:
    calls: list[int] = []

    def work() -> None:
        calls.append(1)
        if len(calls) < 6:
            raise OSError("no route" if len(calls) < 4 else "no disk")

    with ThreadPoolExecutor(1) as pool, capture_logs() as told:
        run_while(lambda: len(calls) > 8, every(OFTEN, "trying", work, None if own_thread else pool))
    assert [one["event"] for one in told] == [
        "periodic work failed",
        "periodic work failed",
        "periodic work succeeds again",
    ]


def test_work_that_is_woken_does_not_wait_for_its_time() -> None:
    calls: list[int] = []

    async def wake_twice() -> None:
        event = asyncio.Event()
        task = asyncio.create_task(every(NEVER, "waiting", lambda: calls.append(1), wake=event))
        for count in (1, 2, 3):
            await asyncio.to_thread(eventually, lambda count=count: len(calls) >= count)
            event.set()
        task.cancel()

    asyncio.run(wake_twice())
    assert len(calls) >= 3


def test_work_that_hangs_holds_up_neither_other_work_nor_the_end() -> None:
    inside, go_on = threading.Event(), threading.Event()
    others: list[int] = []

    def hang() -> None:
        inside.set()
        go_on.wait()

    with ThreadPoolExecutor(1) as pool:
        # This returns although the thread still hangs.
        run_while(
            lambda: inside.is_set() and len(others) > 3,
            every(OFTEN, "hanging", hang),
            every(OFTEN, "others", lambda: others.append(1), pool),
        )
    (thread,) = [one for one in threading.enumerate() if one.name == "hanging"]
    assert thread.daemon
    go_on.set()
    eventually(lambda: not thread.is_alive())
