"""The server's own counters, read from ``/metrics`` as a monitoring system does."""

import time

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from bench.api import Api

SCRAPE_SECONDS = 0.05


class Counted(msgspec.Struct, kw_only=True, frozen=True):
    """Database transactions of the control plane since its start, and runs that are not finished."""

    reads: float
    writes: float
    unfinished: float


def scrape(api: Api) -> Counted:
    """The present values; a scrape costs the server one read transaction."""
    text = api.fetch("GET", "/metrics").decode()
    values = {"read": 0.0, "write": 0.0}
    unfinished = 0.0
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == "bottega_database_transactions_total":
                values[sample.labels["kind"]] = sample.value
            elif sample.name == "bottega_runs":
                unfinished += sample.value
    return Counted(reads=values["read"], writes=values["write"], unfinished=unfinished)


def until_all_finished(api: Api, seconds: float = 120.0) -> int:
    """Wait until no run waits or runs; returns how many scrapes that took."""
    limit = time.perf_counter() + seconds
    scrapes = 1
    while scrape(api).unfinished:
        if time.perf_counter() > limit:
            raise TimeoutError(f"builds are unfinished after {seconds:.0f} s")
        time.sleep(SCRAPE_SECONDS)
        scrapes += 1
    return scrapes
