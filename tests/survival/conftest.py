"""Servers that tests may kill: each test has its own."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import processes_with
from tests.support.server import Api, Server
from tests.support.waiting import eventually

SHORT_LEASE_SECONDS = 6
"""For tests that wait for the end of a lease."""
LONG_LEASE_SECONDS = 60
"""For tests in which it must hold, however long a restart takes on a busy machine."""


class Fragile:
    """A server with the handles to hurt it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.server.start()
        self.api = Api(server.endpoint, server.credentials)

    @property
    def agent_pid(self) -> int:
        return self._one("agent\0--data-dir")

    @property
    def nats_pid(self) -> int:
        return self._one("nats-server.conf")

    def _one(self, marker: str) -> int:
        def find() -> int:
            mine = [
                pid
                for pid in processes_with(marker)
                if str(self.server.data).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
            ]
            return mine[0] if len(mine) == 1 else 0

        return eventually(find, 30.0)

    def runner_pid(self, run_id: str) -> int:
        return eventually(lambda: next(iter(processes_with(f"{run_id}.")), 0), 30.0)

    def until_log_has(self, job_id: str, number: str, text: str) -> None:
        path = f"/v3/jobs/{job_id}/{number}/real-time-log?offset=0"
        eventually(lambda: text in self.api.call("GET", path)["result"]["content"], 30.0)


def breakable(server_factory: Callable[..., Server], lease_seconds: int) -> Iterator[Fragile]:
    fragile = Fragile(
        server_factory(
            BOTTEGA_AGENT__SLOTS="2",
            BOTTEGA_RUNS__LEASE_SECONDS=str(lease_seconds),
            BOTTEGA_RUNS__RENEW_SECONDS="0.5",
            BOTTEGA_RUNS__STOP_GRACE_SECONDS="0.5",
        )
    )
    yield fragile
    fragile.api.http.close()
    fragile.server.stop()


@pytest.fixture
def fragile(server_factory: Callable[..., Server]) -> Iterator[Fragile]:
    yield from breakable(server_factory, LONG_LEASE_SECONDS)


@pytest.fixture
def forgetful(server_factory: Callable[..., Server]) -> Iterator[Fragile]:
    """Like ``fragile``, but an agent that is not heard of loses its runs within seconds."""
    yield from breakable(server_factory, SHORT_LEASE_SECONDS)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def counted_lines(log: str) -> list[int]:
    """The numbers of the lines ``line N`` in a log."""
    found: list[int] = []
    for line in log.splitlines():
        head, mark, number = line.rpartition("] line ")
        if mark and head.startswith("["):
            found.append(int(number))
    return found


COUNTING = 'i=0; while [ $i -lt {lines} ]; do i=$((i+1)); echo "line $i"; sleep 0.02; done'
"""A step that prints numbered lines at a steady pace."""


def counting(lines: int) -> str:
    return COUNTING.format(lines=lines)


def expect_whole(
    fragile: Fragile, job_id: str, number: str, lines: int, timeout: float = 90.0
) -> dict[str, Any]:
    """The run succeeded at its first attempt and its log has every line once, in order."""
    record = fragile.api.wait(job_id, number, timeout)
    log = fragile.api.log(record)
    assert record["status"] == "SUCCESS", (record, log[-2000:])
    assert counted_lines(log) == list(range(1, lines + 1))
    assert "attempt 2" not in log
    return record
