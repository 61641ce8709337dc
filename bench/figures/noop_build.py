"""How long a build that does nothing takes, from the POST that asks for it until the API says that it succeeded."""

import statistics
import time
from contextlib import closing
from datetime import datetime
from typing import Any

from bench.api import POLL_SECONDS, Api
from bench.bench import Bench
from bench.row import Row, percentile
from bench.watching import Watch

WANTED_MS = 150
SCRIPT = "true"
WARM_UP = 3


def measure(bench: Bench) -> list[Row]:
    api = bench.api()
    job_id = bench.task("noop", SCRIPT)
    builds = bench.count(25, 8)
    seen: list[list[float]] = []
    polled: list[list[float]] = []
    posts: list[float] = []
    accepted: list[float] = []
    claimed: list[float] = []
    with closing(Watch(bench.server)) as watch:
        for _ in range(WARM_UP):
            _watched(api, watch, job_id)
        for _ in bench.rounds(5, 1):
            found = [_watched(api, watch, job_id) for _ in range(builds)]
            seen.append([one[0] for one in found])
            posts.append(statistics.median(one[1] for one in found))
            accepted.append(statistics.median(_between(one[2], "create_time") for one in found))
            claimed.append(statistics.median(_between(one[2], "start_time") for one in found))
            polled.append([_polled(api, job_id) for _ in range(builds)])
    rows = [
        Row(
            what="POST to finished, p50 of a round",
            unit="ms",
            samples=[statistics.median(each) for each in seen],
            wanted=WANTED_MS,
            note=f"{builds} builds a round, one after the other, the end confirmed by one GET of the record",
        )
    ]
    note = f"the client asks again {POLL_SECONDS * 1000:.0f} ms after each answer: it slows down what it waits for"
    for what, samples, said in (
        ("POST to finished, p90 of a round", [percentile(each, 0.9) for each in seen], ""),
        ("POST to finished, p50, eager client", [statistics.median(each) for each in polled], note),
        ("the POST alone, p50", posts, ""),
        ("accepted to finished by the record, p50", accepted, ""),
        ("claimed to finished by the record, p50", claimed, ""),
    ):
        rows.append(Row(what=what, unit="ms", samples=samples, note=said))
    return rows


def _watched(api: Api, watch: Watch, job_id: str) -> tuple[float, float, dict[str, Any]]:
    """Milliseconds until the API says that it is over, milliseconds of the POST, the record."""
    begun = time.perf_counter()
    number = api.execute(job_id)
    posted = time.perf_counter()
    watch.wait(job_id, number)
    record = api.finished(job_id, number)
    ended = time.perf_counter()
    return (ended - begun) * 1000, (posted - begun) * 1000, record


def _polled(api: Api, job_id: str) -> float:
    """Milliseconds until a client that keeps asking sees the end."""
    begun = time.perf_counter()
    number = api.execute(job_id)
    ended = api.wait(job_id)
    api.finished(job_id, number)
    return (ended - begun) * 1000


def _between(record: dict[str, Any], start: str) -> float:
    """Milliseconds on the server's clock."""
    first, last = (datetime.fromisoformat(record[name]) for name in (start, "finish_time"))
    return (last - first).total_seconds() * 1000
