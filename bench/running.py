"""Taking the figures one after the other, saying how loaded the machine was around each."""

import os
import time
from pathlib import Path

import msgspec

from bench.bench import Bench, Figure
from bench.figures import (
    artifact_upload,
    big_log,
    idle_memory,
    issue_storing,
    lists,
    log_reading,
    noop_build,
    running_status,
    scan,
    start,
    stop,
    throughput,
    tool_builds,
    transactions,
)
from bench.machine import Machine, describe
from bench.row import Measured
from bench.table import console, show, show_one

FIGURES: dict[str, Figure] = {
    "start": start.measure,
    "memory": idle_memory.measure,
    "noop": noop_build.measure,
    "big-log": big_log.measure,
    "log-reading": log_reading.measure,
    "stop": stop.measure,
    "running-status": running_status.measure,
    "artifact-upload": artifact_upload.measure,
    "throughput": throughput.measure,
    "transactions": transactions.measure,
    "lists": lists.measure,
    "tool-builds": tool_builds.measure,
    "scan": scan.measure,
    "issues": issue_storing.measure,
}
"""In this order: many builds at once leave the shared server work that would weigh on what comes after them."""


class Results(msgspec.Struct, kw_only=True):
    machine: Machine
    quick: bool
    figures: list[Measured]


def run(names: list[str], *, quick: bool, json_file: Path | None) -> None:
    """Take the named figures, print the table, write the samples to ``json_file``."""
    terminal = console()
    machine = describe()
    terminal.print(machine.line())
    taken: list[Measured] = []
    with Bench(quick=quick) as bench:
        for name, figure in FIGURES.items():
            if name in names:
                taken.append(_take(bench, name, figure))
                show_one(terminal, taken[-1])
    show(terminal, taken)
    if json_file is not None:
        results = Results(machine=machine, quick=quick, figures=taken)
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(results)) + b"\n")


def _take(bench: Bench, name: str, figure: Figure) -> Measured:
    before, begun = os.getloadavg()[0], time.perf_counter()
    rows, failure = [], ""
    try:
        rows = figure(bench)
    except Exception as error:
        # The other figures are still worth having.
        failure = f"{type(error).__name__}: {error}"
    return Measured(
        figure=name,
        load_before=before,
        load_after=os.getloadavg()[0],
        seconds=time.perf_counter() - begun,
        rows=rows,
        failure=failure,
    )
