"""Waiting on the event loop in ways that a cancellation always ends.

``asyncio.wait_for`` of Python 3.11 forgets a cancellation that comes together with what it waits for
(python/cpython#86296), and the loop that waited goes on for ever.
"""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any, TypeVar

AGAIN_SECONDS = 0.5
"""So long after a cancellation a task that still runs is cancelled again."""

T = TypeVar("T")


async def within(seconds: float, wanted: Awaitable[T]) -> T:
    """What ``wanted`` gives. Raises ``TimeoutError`` after ``seconds``."""
    async with asyncio.timeout(seconds):
        return await wanted


async def set_within(seconds: float, event: asyncio.Event) -> bool:
    """Whether the event is set, at the latest after ``seconds``."""
    try:
        await within(seconds, event.wait())
    except TimeoutError:
        return False
    return True


async def end_all(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel the tasks and return when all of them have ended, however.

    They are cancelled until they do: libraries use ``wait_for`` too.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
