"""The shape all periodic work of the control plane shares."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

import structlog

log = structlog.get_logger(__name__)


async def every(
    seconds: float,
    name: str,
    work: Callable[[], object],
    executor: Executor,
    wake: asyncio.Event | None = None,
) -> None:
    """Call ``work`` in a thread every ``seconds`` and whenever ``wake`` is set. A failure is logged, never fatal."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            await loop.run_in_executor(executor, work)
        except Exception:
            log.exception("periodic work failed", work=name)
        if wake is None:
            await asyncio.sleep(seconds)
            continue
        try:
            await asyncio.wait_for(wake.wait(), seconds)
        except TimeoutError:
            continue
        wake.clear()
