"""Database transactions the control plane needs for a build that does nothing, by its own counters.

On a server of its own, once the turmoil of its start is over: what others left to be done would be counted too. What
the periodic scans cost anyway is measured first and taken off, and so are the reads of our own scrapes. The counters
do not see the look-up of who sends the POST, a read of one statement outside of them: it is added.
"""

import time
from contextlib import closing

import msgspec

from bench.api import Api
from bench.bench import Bench
from bench.counters import scrape, until_all_finished
from bench.figures.noop_build import SCRIPT
from bench.row import Row
from bench.server import Server

WANTED = 10
WARM_UP = 5
CALLER_LOOK_UPS = 1
WINDOW_SECONDS = 2.0
# Reads and writes above the idle rate that a quiet window may still show: a scan may fall into it or not.
SLACK = 4
SETTLE_SECONDS = 120.0


class Rate(msgspec.Struct, frozen=True):
    """Transactions a second."""

    reads: float
    writes: float


def measure(bench: Bench) -> list[Row]:
    server = Server()
    try:
        server.start()
        with closing(Api(server)) as api:
            return _measure(bench, api)
    finally:
        server.discard()


def _measure(bench: Bench, api: Api) -> list[Row]:
    job_id = api.create_task("transactions", SCRIPT)
    builds = bench.count(30, 10)
    _until_steady(api)
    idle = _idle_rate(api, bench.count(20, 8))
    _builds(api, job_id, WARM_UP, idle, together=False)
    single: list[tuple[float, float]] = []
    burst: list[tuple[float, float]] = []
    for _ in bench.rounds(3, 1):
        single.append(_builds(api, job_id, builds, idle, together=False))
        burst.append(_builds(api, job_id, builds, idle, together=True))
    rows: list[Row] = []
    for found, how in ((single, "one at a time"), (burst, f"{builds} at once")):
        rows += [
            Row(
                what=f"transactions a build, {how}",
                unit="count",
                samples=[reads + writes for reads, writes in found],
                wanted=WANTED,
                note="reads and writes from the POST until the server is as quiet as before",
            ),
            Row(what=f"of which writes, {how}", unit="count", samples=[writes for _, writes in found]),
        ]
    note = f"reads {idle.reads:.2f}, writes {idle.writes:.2f}; taken off above"
    rate = idle.reads + idle.writes
    return [*rows, Row(what="transactions a second when idle", unit="1/s", samples=[rate], note=note)]


def _idle_rate(api: Api, seconds: float) -> Rate:
    """What a server does that nobody asks for anything."""
    before, begun = scrape(api), time.perf_counter()
    time.sleep(seconds)
    after, passed = scrape(api), time.perf_counter() - begun
    # The second scrape itself is one of the reads.
    return Rate((after.reads - before.reads - 1) / passed, (after.writes - before.writes) / passed)


def _builds(api: Api, job_id: str, builds: int, idle: Rate, *, together: bool) -> tuple[float, float]:
    """Reads and writes a build; whatever follows the builds (sealing, late hints) is theirs."""
    before, begun = scrape(api), time.perf_counter()
    scrapes = 1
    for _ in range(builds):
        api.execute(job_id)
        if not together:
            scrapes += until_all_finished(api)
    scrapes += until_all_finished(api)
    scrapes += _until_quiet(api, idle)
    after, passed = scrape(api), time.perf_counter() - begun
    reads = after.reads - before.reads - scrapes - idle.reads * passed
    writes = after.writes - before.writes - idle.writes * passed
    return reads / builds + CALLER_LOOK_UPS, writes / builds


def _until_steady(api: Api) -> None:
    """Wait until two windows in a row have about the same number of transactions."""
    limit = time.perf_counter() + SETTLE_SECONDS
    before = _window(api)
    while time.perf_counter() < limit:
        now = _window(api)
        if abs(now - before) <= SLACK:
            return
        before = now
    raise TimeoutError(f"the server was not steady within {SETTLE_SECONDS:.0f} s after its start")


def _until_quiet(api: Api, idle: Rate) -> int:
    """Wait for a window with hardly more transactions than an idle server has; returns the scrapes it took."""
    limit = time.perf_counter() + SETTLE_SECONDS
    scrapes = 0
    while time.perf_counter() < limit:
        new = _window(api)
        scrapes += 2
        if new <= (idle.reads + idle.writes) * WINDOW_SECONDS + SLACK:
            return scrapes
    raise TimeoutError(f"the server was not quiet within {SETTLE_SECONDS:.0f} s after the builds")


def _window(api: Api) -> float:
    """Transactions within a window; two scrapes."""
    before = scrape(api)
    time.sleep(WINDOW_SECONDS)
    after = scrape(api)
    return after.reads - before.reads - 1 + after.writes - before.writes
