"""How many builds that do nothing are done in a minute when many are asked for at once."""

import time
from concurrent.futures import ThreadPoolExecutor

from bench.api import Api
from bench.bench import Bench
from bench.counters import until_all_finished
from bench.figures.noop_build import SCRIPT
from bench.processes import cpu_seconds
from bench.row import Row

WANTED_PER_MINUTE = 400
CLIENTS = 4
PAGE = 100


def measure(bench: Bench) -> list[Row]:
    watch = bench.api()
    clients = [bench.api() for _ in range(CLIENTS)]
    builds = bench.count(160, 40)
    processes = bench.server.processes()
    rates: list[float] = []
    busy: dict[str, list[float]] = {name: [] for name in processes}
    for number in bench.rounds(5, 1):
        job_id = bench.task(f"throughput-{number}", SCRIPT)
        before = {name: cpu_seconds(pid, with_children=True) for name, pid in processes.items()}
        begun = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as threads:
            list(threads.map(lambda api, job=job_id: _ask(api, job, builds // CLIENTS), clients))
        until_all_finished(watch)
        rates.append(builds / (time.perf_counter() - begun) * 60)
        for name, pid in processes.items():
            spent = cpu_seconds(pid, with_children=True) - before[name]
            busy[name].append(spent / builds * 1000)
        _check(watch, job_id, builds)
    rows = [
        Row(
            what="no-op builds a minute",
            unit="builds/min",
            samples=rates,
            wanted=WANTED_PER_MINUTE,
            at_least=True,
            note=f"{builds} builds asked for by {CLIENTS} clients at once, 4 slots",
        )
    ]
    for name, samples in busy.items():
        note = "with the runners and builds it waited for" if name == "agent" else ""
        rows.append(Row(what=f"processor time of {name} a build", unit="ms", samples=samples, note=note))
    return rows


def _ask(api: Api, job_id: str, builds: int) -> None:
    for _ in range(builds):
        api.execute(job_id)


def _check(api: Api, job_id: str, builds: int) -> None:
    """A build that failed fast would make a fine rate."""
    succeeded = 0
    for page in range(-(-builds // PAGE)):
        found = api.call("GET", f"/v3/jobs/{job_id}/history", offset=page * PAGE, limit=PAGE)
        succeeded += sum(one["result"] == "SUCCESS" for one in found["history_records"])
    if succeeded != builds:
        raise RuntimeError(f"only {succeeded} of {builds} builds succeeded")
