"""The attempt's events, one JSON line each, in the order in which the server gets to know them."""

from __future__ import annotations

import os
import time

from bottega.agent.runner.log import Log, LogError
from bottega.agent.runner.notifier import Notifier
from bottega.agent.spool import EVENTS, Spool, encode

STAGE_STATES = ("running", "success", "failure", "skipped", "aborted", "timeout")


class Events:
    """Appends events; each carries the size of the log at its moment, so that both can be put side by side."""

    def __init__(self, spool: Spool, log: Log, notifier: Notifier) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._descriptor = os.open(spool.file(EVENTS), flags, 0o600)
        self._log = log
        self._notifier = notifier
        self.count = 0

    def add(self, kind: str, **fields: object) -> None:
        """Append one event; texts in it are masked like the log. Raises LogError when the disk refuses."""
        document = {
            "seq": self.count,
            "at": time.time_ns() // 1_000_000,
            "log": self._log.size,
            "type": kind,
            **{name: self._log.mask(value) for name, value in fields.items() if value is not None},
        }
        line = encode(document) + b"\n"
        try:
            written = os.write(self._descriptor, line)
            if written < len(line):
                # A torn line in the middle would hide all that follow it.
                os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
                raise LogError("The disk of the agent is full: an event could not be written")
        except OSError as error:
            raise LogError(f"An event cannot be written: {error.strerror} (disk of the agent)") from error
        self.count += 1
        self._notifier.at_once()

    def stage(
        self, key: str, name: str, state: str, *, exit_code: int | None = None, reason: str | None = None
    ) -> None:
        """A stage has changed its state (one of STAGE_STATES). Raises LogError."""
        self.add("stage", key=key, name=name, state=state, exit_code=exit_code, reason=reason)

    def sync(self) -> None:
        """Force the events to the disk."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)
