"""The control plane's NATS connection and the two streams it keeps."""

import re
from collections.abc import Callable
from typing import Any

import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from bottega.runs.messages import REPORT_STREAM, WORK_STREAM

RECONNECT_SECONDS = 0.2
HINTS_PER_POOL = 1
HINT_AGE_SECONDS = 60
REPORT_AGE_SECONDS = 24 * 3600
REPORT_BYTES = 1024**3

log = structlog.get_logger(__name__)

STREAMS = (
    # Hints only: the rows are the truth, so old ones may be dropped. One hint says as much as two hundred: whoever
    # takes it asks until it is full or nothing is left, and each claim that leaves something gives the next hint.
    StreamConfig(
        name=WORK_STREAM,
        subjects=["bottega.work.*.*"],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.MEMORY,
        max_age=HINT_AGE_SECONDS,
        max_msgs_per_subject=HINTS_PER_POOL,
        discard=DiscardPolicy.OLD,
        max_bytes=16 * 1024**2,
    ),
    # A full stream refuses what is new: the agents keep it on their disks and send again.
    StreamConfig(
        name=REPORT_STREAM,
        subjects=["bottega.report.*.*"],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.FILE,
        max_age=REPORT_AGE_SECONDS,
        max_bytes=REPORT_BYTES,
        discard=DiscardPolicy.NEW,
    ),
)


async def connect(
    url: str, *, name: str, on_back: Callable[[], None] = lambda: None, **credentials: Any
) -> Client:
    """Connect and keep trying for ever, also the first time; state changes are logged.

    ``on_back`` is called in the event loop after each reconnection. Whatever was asked before may have been asked of a
    broker that is no more, and waits for an answer in vain.
    """
    client = Client()
    shown = without_password(url)
    told = False

    async def lost() -> None:
        # Also called when we close it ourselves.
        if not client.is_closed:
            log.warning("messaging connection lost", url=shown)

    async def back() -> None:
        log.info("messaging connection is back", url=shown)
        on_back()

    async def failed(error: Exception) -> None:
        nonlocal told
        if not told and not client.is_connected and client.client_id is None:
            told = True
            log.warning("messaging cannot be reached, still trying", url=shown, error=str(error))
        log.debug("messaging error", error=repr(error))

    options: dict[str, Any] = {
        "name": name,
        "max_reconnect_attempts": -1,
        "reconnect_time_wait": RECONNECT_SECONDS,
        "disconnected_cb": lost,
        "reconnected_cb": back,
        "error_cb": failed,
        "ping_interval": 20,
    }
    await client.connect(url, **options, **credentials)
    return client


def without_password(url: str) -> str:
    """The address as it may be shown."""
    return re.sub(r"//[^/@]*@", "//", url)


async def ensure_streams(stream: JetStreamContext, *, update: bool = False) -> None:
    """Create the streams, also after their store was wiped; ``update`` gives existing ones the present limits."""
    for config in STREAMS:
        try:
            await stream.stream_info(str(config.name))
        except NotFoundError:
            await stream.add_stream(config)
        else:
            if update:
                await stream.update_stream(config)
