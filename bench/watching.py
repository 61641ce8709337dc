"""Seeing a build end without asking the server.

A client that asks every few milliseconds takes a good part of a core from the build it waits for, so the row is watched
in the database file, beside the server. What the API says is asked once, when the row says that it is over.
"""

import sqlite3
import time

from bench.server import Server

LOOK_SECONDS = 0.001
BUILD_SECONDS = 120.0


class Watch:
    """Reads the server's SQLite file; never writes."""

    def __init__(self, server: Server) -> None:
        self._connection = sqlite3.connect(
            f"file:{server.data / 'bottega.db'}?mode=ro", uri=True, isolation_level=None
        )

    def close(self) -> None:
        self._connection.close()

    def wait(self, job_id: str, number: str) -> None:
        """Return when the build's end is committed. Raises TimeoutError."""
        limit = time.perf_counter() + BUILD_SECONDS
        query = "SELECT finished_at FROM runs WHERE task_id = ? AND number = ?"
        while self._connection.execute(query, (job_id, int(number))).fetchone()[0] is None:
            if time.perf_counter() > limit:
                raise TimeoutError(f"the build did not end within {BUILD_SECONDS:.0f} s")
            time.sleep(LOOK_SECONDS)
