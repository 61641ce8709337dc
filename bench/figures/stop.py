"""How long a build's processes live after the request to stop it."""

import itertools
import os
import select
import time

from bench.api import Api
from bench.bench import Bench
from bench.processes import parent, with_argument
from bench.row import Row

WANTED_SECONDS = 0.5
PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.01
_markers = itertools.count(1_000_000 + os.getpid())


def measure(bench: Bench) -> list[Row]:
    api = bench.api()
    dead: list[float] = []
    told: list[float] = []
    for _ in bench.rounds(15, 3):
        # A number no other process sleeps for finds exactly our own.
        marker = str(next(_markers))
        job_id = api.create_task(f"stop-{marker}", f"sleep {marker} &\nsleep {marker}\n")
        number = api.execute(job_id)
        try:
            pids = _tree(marker)
            handles = [os.pidfd_open(pid) for pid in pids]
            begun = time.perf_counter()
        finally:
            api.stop(job_id, number)
        dead.append(_all_dead(handles) - begun)
        told.append(_aborted(api, job_id, number) - begun)
    note = "a shell that waits and two sleeps; no grace is needed, they obey the TERM"
    return [
        Row(what="stop to the last process dead", unit="s", samples=dead, wanted=WANTED_SECONDS, note=note),
        Row(what="stop to ABORTED", unit="s", samples=told),
    ]


def _tree(marker: str) -> list[int]:
    """Both sleeps and the shell that started them."""
    limit = time.perf_counter() + PATIENCE_SECONDS
    while len(sleeps := with_argument(marker)) < 2:  # noqa: PLR2004 - the script starts two
        if time.perf_counter() > limit:
            raise TimeoutError("the build's processes did not appear")
        time.sleep(LOOK_SECONDS)
    shells = {shell for pid in sleeps if (shell := parent(pid))}
    return [*sleeps, *shells]


def _all_dead(handles: list[int]) -> float:
    """The clock when the last process was seen to have ended."""
    poller = select.poll()
    for handle in handles:
        poller.register(handle, select.POLLIN)
    left = set(handles)
    limit = time.perf_counter() + PATIENCE_SECONDS
    while left:
        if time.perf_counter() > limit:
            raise TimeoutError(f"{len(left)} processes survived the stop")
        for handle, _ in poller.poll(1000):
            poller.unregister(handle)
            left.discard(handle)
    ended = time.perf_counter()
    for handle in handles:
        os.close(handle)
    return ended


def _aborted(api: Api, job_id: str, number: str) -> float:
    ended = api.wait(job_id)
    api.finished(job_id, number, "ABORTED")
    return ended
