"""The control plane's NATS connection and the two streams it keeps."""

from typing import Any

import nats
import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from bottega.runs.messages import REPORT_STREAM, WORK_STREAM

RECONNECT_SECONDS = 0.2
HINT_AGE_SECONDS = 60
REPORT_AGE_SECONDS = 24 * 3600
REPORT_BYTES = 1024**3

log = structlog.get_logger(__name__)

STREAMS = (
    # Hints only: the rows are the truth, so old ones may be dropped.
    StreamConfig(
        name=WORK_STREAM,
        subjects=["bottega.work.*.*"],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.MEMORY,
        max_age=HINT_AGE_SECONDS,
        max_msgs_per_subject=1000,
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


async def connect(url: str, *, name: str, **credentials: Any) -> Client:
    """Connect and keep reconnecting for ever; state changes are logged."""

    async def lost() -> None:
        log.warning("messaging connection lost", url=url)

    async def back() -> None:
        log.info("messaging connection is back", url=url)

    async def failed(error: Exception) -> None:
        log.debug("messaging error", error=repr(error))

    return await nats.connect(
        url,
        name=name,
        max_reconnect_attempts=-1,
        reconnect_time_wait=RECONNECT_SECONDS,
        disconnected_cb=lost,
        reconnected_cb=back,
        error_cb=failed,
        ping_interval=20,
        **credentials,
    )


async def ensure_streams(stream: JetStreamContext) -> None:
    """Create the streams, also after their store was wiped; existing ones are brought up to date."""
    for config in STREAMS:
        try:
            await stream.stream_info(str(config.name))
        except NotFoundError:
            await stream.add_stream(config)
        else:
            await stream.update_stream(config)
