"""From the start of ``bottega serve`` until ``GET /healthz`` answers 200: agent and broker are up too by then.

Python keeps compiled modules beside their sources after the first import. Where it has not done so yet, or is forbidden
to (``PYTHONDONTWRITEBYTECODE``), every start compiles everything again, which takes longer than all the rest. Both are
measured, each with a bytecode folder of its own, so that the environment of the bench does not decide.
"""

import shutil
import tempfile

from bench.bench import Bench
from bench.row import Row
from bench.server import Server

WANTED_SECONDS = 3.0


def measure(bench: Bench) -> list[Row]:
    folder = tempfile.mkdtemp(prefix="bottega-bench-bytecode-")
    try:
        return _measure(bench, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(bench: Bench, folder: str) -> list[Row]:
    # An empty text counts as not set.
    cached = {"PYTHONPYCACHEPREFIX": folder, "PYTHONDONTWRITEBYTECODE": ""}
    uncached = {"PYTHONPYCACHEPREFIX": f"{folder}/never", "PYTHONDONTWRITEBYTECODE": "1"}
    _two_starts(cached)
    warm = [_two_starts(cached) for _ in bench.rounds(5, 2)]
    cold = [_two_starts(uncached) for _ in bench.rounds(5, 1)]
    return [
        Row(
            what="first start, bytecode cached",
            unit="s",
            samples=[first for first, _ in warm],
            wanted=WANTED_SECONDS,
            note="with schema, tenant and keys",
        ),
        Row(
            what="later start, bytecode cached",
            unit="s",
            samples=[again for _, again in warm],
            wanted=WANTED_SECONDS,
        ),
        Row(
            what="first start, nothing compiled yet",
            unit="s",
            samples=[first for first, _ in cold],
            wanted=WANTED_SECONDS,
            note="right after the installation, or with PYTHONDONTWRITEBYTECODE",
        ),
    ]


def _two_starts(environment: dict[str, str]) -> tuple[float, float]:
    """Seconds of a start in a new folder, and of one in the same folder afterwards."""
    server = Server(environment=environment)
    try:
        first = server.start()
        server.stop()
        return first, server.start()
    finally:
        server.discard()
