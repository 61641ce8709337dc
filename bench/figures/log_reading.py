"""Reading a finished log of 200,000 lines: all of it, and pages of it."""

import statistics
import time

from bench.api import Api
from bench.bench import Bench
from bench.figures.big_log import check_log
from bench.row import Row
from bench.scripts import SEQ
from bench.sealing import wait_until_sealed

WANTED_DOWNLOAD_SECONDS = 0.2
WANTED_PAGE_MS = 5
PAGES = 21
TRIES = 3
MEGABYTE = 1_000_000


def measure(bench: Bench) -> list[Row]:
    api = bench.api()
    job_id = bench.task("log-reading", SEQ)
    number = api.execute(job_id)
    api.wait(job_id)
    record_id = api.finished(job_id, number)["id"]
    wait_until_sealed(bench.server, record_id)
    check_log(api, record_id)
    rows: list[Row] = []
    size = 0
    for level, wanted in (("INFO", WANTED_DOWNLOAD_SECONDS), ("DEBUG", None)):
        path = f"/v4/{record_id}/download-log?log_level={level}"
        size = len(api.fetch("GET", path))
        samples = [_milliseconds(api, path) / 1000 for _ in bench.rounds(15, 5)]
        note = f"{size / MEGABYTE:.1f} MB: every line carries its time and level"
        rows.append(
            Row(what=f"whole log, level {level}", unit="s", samples=samples, wanted=wanted, note=note)
        )
    offsets = [size * number // PAGES for number in range(PAGES)]
    base = f"/v1/log/{job_id}/{number}/real-time-log"
    v3 = f"/v3/jobs/{job_id}/{number}/real-time-log"
    for what, paths, wanted in (
        ("1,000 lines (v1's default)", [f"{base}?start_offset={each}" for each in offsets], WANTED_PAGE_MS),
        ("100 lines (v1)", [f"{base}?start_offset={each}&size=100" for each in offsets], WANTED_PAGE_MS),
        ("100 kB (v3)", [f"{v3}?offset={each}&length=100000" for each in offsets], WANTED_PAGE_MS),
        ("1 MB (v3's default)", [f"{v3}?offset={each}" for each in offsets], WANTED_PAGE_MS),
    ):
        rows += _pages(bench, api, what, paths, wanted)
    return rows


def _pages(bench: Bench, api: Api, what: str, paths: list[str], wanted: float) -> list[Row]:
    """The dearest page of each round; a page's own price is the median of some tries."""
    worst: list[float] = []
    middle: list[float] = []
    for _ in bench.rounds(5, 1):
        prices = [statistics.median(_milliseconds(api, path) for _ in range(TRIES)) for path in paths]
        worst.append(max(prices))
        middle.append(statistics.median(prices))
    note = f"{PAGES} places; the median place costs {statistics.median(middle):.2f} ms"
    return [Row(what=f"dearest page of {what}", unit="ms", samples=worst, wanted=wanted, note=note)]


def _milliseconds(api: Api, path: str) -> float:
    begun = time.perf_counter()
    api.fetch("GET", path)
    return (time.perf_counter() - begun) * 1000
