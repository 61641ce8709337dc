"""A build that prints 200,000 lines, beside the same script redirected to a file in the same round."""

import subprocess
import time
from pathlib import Path

from bench.api import Api
from bench.bench import Bench
from bench.row import Row
from bench.scripts import GENERATORS, LINE_BYTES, LINES
from bench.sealing import wait_until_sealed

WANTED_RATIO = 10
# A status request now and then must not take the processor from what is measured.
POLL_SECONDS = 0.01


def measure(bench: Bench) -> list[Row]:
    api = bench.api()
    rows: list[Row] = []
    for name, script in GENERATORS.items():
        raw: list[float] = []
        as_the_step: list[float] = []
        built: list[float] = []
        for _ in bench.rounds(5, 1):
            raw.append(_raw(bench.server.root, script, "sh"))
            as_the_step.append(_raw(bench.server.root, script, "bash"))
            built.append(_build(bench, api, name, script))
        rows += [
            Row(
                what=f"{name}: build by sh to a file",
                unit="ratio",
                samples=[one / other for one, other in zip(built, raw, strict=True)],
                wanted=WANTED_RATIO,
                note=f"{LINES} lines of {LINE_BYTES} bytes",
            ),
            Row(
                what=f"{name}: build by bash to a file",
                unit="ratio",
                samples=[one / other for one, other in zip(built, as_the_step, strict=True)],
                note="the shell step runs bash where there is one",
            ),
            Row(what=f"{name}: build, POST to finished", unit="s", samples=built),
            Row(what=f"{name}: sh to a file", unit="s", samples=raw),
            Row(what=f"{name}: bash to a file", unit="s", samples=as_the_step),
        ]
    return rows


def _raw(folder: Path, script: str, shell: str) -> float:
    source, target = folder / "generator.sh", folder / "generator.out"
    source.write_text(script)
    with target.open("wb") as output:
        begun = time.perf_counter()
        subprocess.run([shell, str(source)], stdin=subprocess.DEVNULL, stdout=output, check=True)
        took = time.perf_counter() - begun
    size = target.stat().st_size
    target.unlink()
    if size != LINES * LINE_BYTES:
        raise RuntimeError(f"{shell} printed {size} bytes")
    return took


def _build(bench: Bench, api: Api, name: str, script: str) -> float:
    job_id = bench.task(f"big-log-{name.replace(' ', '-')}", script)
    begun = time.perf_counter()
    number = api.execute(job_id)
    took = api.wait(job_id, POLL_SECONDS) - begun
    record = api.finished(job_id, number)
    wait_until_sealed(bench.server, record["id"])
    check_log(api, record["id"])
    return took


def check_log(api: Api, record_id: str) -> None:
    """A log with a line missing would make a fine time."""
    log = api.fetch("GET", f"/v4/{record_id}/download-log")
    tail = b" x" + b"x" * 9
    printed = sum(tail in line for line in log.splitlines())
    if printed != LINES:
        raise RuntimeError(f"the log has {printed} of the {LINES} lines")
