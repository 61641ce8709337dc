"""Memory of all processes of a server that was started and left alone."""

import time

from bench.bench import Bench
from bench.processes import Memory, memory, tree
from bench.row import Row
from bench.server import Server

IDLE_SECONDS = 5.0
MEGABYTE = 1_000_000
WANTED_MEGABYTES = 250


def measure(bench: Bench) -> list[Row]:
    rounds = [_one_round() for _ in bench.rounds(3, 1)]
    totals = [list(found.values()) for found in rounds]
    rows = [
        Row(
            what="all processes, PSS",
            unit="MB",
            samples=[sum(one.pss for one in each) / MEGABYTE for each in totals],
            wanted=WANTED_MEGABYTES,
            note=f"{len(rounds[0])} processes, {IDLE_SECONDS:.0f} s after the start",
        ),
        Row(
            what="all processes, USS",
            unit="MB",
            samples=[sum(one.uss for one in each) / MEGABYTE for each in totals],
        ),
        Row(
            what="all processes, RSS",
            unit="MB",
            samples=[sum(one.rss for one in each) / MEGABYTE for each in totals],
            note="counts shared pages once per process",
        ),
    ]
    for name in rounds[0]:
        found = [one[name] for one in rounds]
        uss = ", ".join(f"{one.uss / MEGABYTE:.0f}" for one in found)
        pss = [one.pss / MEGABYTE for one in found]
        rows.append(Row(what=f"{name}, PSS", unit="MB", samples=pss, note=f"USS {uss}"))
    return rows


def _one_round() -> dict[str, Memory]:
    server = Server()
    try:
        server.start()
        time.sleep(IDLE_SECONDS)
        named = {pid: name for name, pid in server.processes().items()}
        # Whatever else was started belongs to the sum as well.
        return {
            named.get(pid, f"process {number}"): memory(pid) for number, pid in enumerate(tree(server.pid))
        }
    finally:
        server.discard()
