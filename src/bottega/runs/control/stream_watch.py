"""Keeping the way of the reports open: a stream that stores nothing, or a consumer that is gone, is made anew."""

import asyncio

import structlog
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from bottega.runs.control.connection import ensure_streams
from bottega.runs.control.reports import Reports
from bottega.runs.messages import REPORT_STREAM, report_subject

WATCH_SECONDS = 3.0
ANSWER_SECONDS = 2.0
SILENT_LOOKS = 2
"""So often in a row the stream must have kept silent: once may be a disk that is slow."""
NOBODY = "nobody"
"""In the place of an agent's id."""

log = structlog.get_logger(__name__)


class StreamWatch:
    """A broker whose disk was full answers as ever, but its stream takes nothing, also when there is room again.

    It does after the stream was made anew. That loses nothing: agents keep what was not stored, and send it again.
    """

    def __init__(self, stream: JetStreamContext, reports: Reports, replica_id: str) -> None:
        self._stream = stream
        self._reports = reports
        self._subject = report_subject(replica_id, NOBODY)
        self._silent = 0

    async def watch_forever(self) -> None:
        """The loop."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                await self.look()
            except (NatsError, OSError, TimeoutError) as error:
                log.debug("the report stream cannot be looked at", error=repr(error))
            except Exception:
                log.exception("the report stream cannot be looked at")

    async def look(self) -> None:
        """Look once, and help. Raises ``NatsError`` or ``TimeoutError`` when the broker itself does not answer."""
        await ensure_streams(self._stream)
        try:
            await self._stream.publish(self._subject, b"", timeout=ANSWER_SECONDS)
            self._silent = 0
        except TimeoutError:
            self._silent += 1
        if self._silent >= SILENT_LOOKS:
            self._silent = 0
            log.warning("the report stream stores nothing; it is made anew")
            await self._stream.delete_stream(REPORT_STREAM)
            await ensure_streams(self._stream)
        await self._reports.ensure()
