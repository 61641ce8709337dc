"""The shape all periodic work of the control plane shares."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Executor

import structlog

from bottega.awaiting import set_within

log = structlog.get_logger(__name__)


async def every(
    seconds: float,
    name: str,
    work: Callable[[], object],
    executor: Executor | None = None,
    wake: asyncio.Event | None = None,
) -> None:
    """Call ``work`` in a thread every ``seconds`` and whenever ``wake`` is set. A failure is logged, never fatal.

    Without an executor each call has a thread of its own that holds up nobody, not even the end of the process: for
    work that waits for other machines, and that may be cut off anywhere.
    """
    loop = asyncio.get_running_loop()
    trouble = ""
    while True:
        try:
            await (in_own_thread(name, work) if executor is None else loop.run_in_executor(executor, work))
        except Exception as error:
            # The same trouble at every call is said once.
            if repr(error) != trouble:
                log.exception("periodic work failed", work=name)
            trouble = repr(error)
        else:
            if trouble:
                log.info("periodic work succeeds again", work=name)
            trouble = ""
        if wake is None:
            await asyncio.sleep(seconds)
            continue
        if await set_within(seconds, wake):
            wake.clear()


async def in_own_thread(name: str, work: Callable[[], object]) -> None:
    """Call ``work`` in a daemon thread; raises what it raises. When cancelled the thread goes on by itself."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def tell(error: Exception | None) -> None:
        if ended.done():
            return
        if error is None:
            ended.set_result(None)
        else:
            ended.set_exception(error)

    def call() -> None:
        failure: Exception | None = None
        try:
            work()
        except Exception as error:
            failure = error
        # The loop may have ended meanwhile.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(tell, failure)

    threading.Thread(target=call, name=name, daemon=True).start()
    await ended
