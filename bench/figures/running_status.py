"""Processor time the server spends on one ``GET running-status``, by the kernel's account of its process."""

import time
from collections.abc import Mapping

from bench.api import Api
from bench.bench import Bench
from bench.counters import until_all_finished
from bench.figures.noop_build import SCRIPT
from bench.processes import cpu_seconds
from bench.row import Row

WANTED_MS = 1.0
WARM_UP = 100
HEALTH = "/healthz"
HISTORY = 50
"""Builds of the task that is asked after: nobody asks only after new ones."""


def measure(bench: Bench) -> list[Row]:
    api = bench.api()
    job_id = bench.task("running-status", SCRIPT)
    for _ in range(HISTORY):
        api.execute(job_id)
    until_all_finished(api)
    path = f"/v1/job/{job_id}/running-status"
    requests = bench.count(1000, 300)
    # Signing is the client's work; the server checks a signature as often as it is sent.
    proofs = {"token": api.headers, "access key": api.signed_headers("GET", path)}
    found: dict[str, list[float]] = {name: [] for name in proofs}
    waited: dict[str, list[float]] = {name: [] for name in proofs}
    for headers in proofs.values():
        _ask(api, path, headers, WARM_UP)
    bare: list[float] = []
    for _ in bench.rounds(5, 1):
        before = cpu_seconds(bench.server.pid)
        _ask(api, HEALTH, {}, requests)
        bare.append((cpu_seconds(bench.server.pid) - before) / requests * 1000)
        for name, headers in proofs.items():
            before, begun = cpu_seconds(bench.server.pid), time.perf_counter()
            _ask(api, path, headers, requests)
            waited[name].append((time.perf_counter() - begun) / requests * 1000)
            found[name].append((cpu_seconds(bench.server.pid) - before) / requests * 1000)
    rows: list[Row] = []
    for name in proofs:
        note = f"{requests} requests on one connection, {HISTORY} builds of history, background work included"
        rows += [
            Row(
                what=f"processor time, {name}",
                unit="ms",
                samples=found[name],
                wanted=WANTED_MS,
                note=note,
            ),
            Row(what=f"answer seen by the client, {name}", unit="ms", samples=waited[name]),
        ]
    note = "what the HTTP server and this machine cost without us: it tells slow machines from slow code"
    rows.append(Row(what=f"processor time of GET {HEALTH}", unit="ms", samples=bare, note=note))
    return rows


def _ask(api: Api, path: str, headers: Mapping[str, str], requests: int) -> None:
    for _ in range(requests):
        api.fetch("GET", path, headers=headers)
