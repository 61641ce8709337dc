"""How fast a large artifact comes into the release repository, beside ``cp`` and ``sha256sum`` of the same file."""

import os
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

from bench.bench import Bench
from bench.processes import memory
from bench.row import Row
from bottega.agent.runner.http_transfers import HttpTransfers

WANTED_RATIO = 0.7
WANTED_GROWTH_MB = 100.0
MIB = 1024 * 1024
FULL_MIB, QUICK_MIB = 2048, 64
LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 30.0


def measure(bench: Bench) -> list[Row]:
    api, server = bench.api(), bench.server
    job_id = api.create_task(f"uploading-{os.getpid()}", "sleep 3600\n")
    number = api.execute(job_id)
    source = server.root / "large.bin"
    size = bench.count(FULL_MIB, QUICK_MIB) * MIB
    plain: list[float] = []
    forced: list[float] = []
    uploaded: list[float] = []
    grown: list[float] = []
    try:
        transfers = _as_its_runner(f"http://127.0.0.1:{server.port}", server.data / "bottega.db", job_id)
        _fill(source, size)
        for round_ in bench.rounds(3, 1):
            plain.append(_copied(source, durable=False))
            forced.append(_copied(source, durable=True))
            with _Peak(server.pid) as peak:
                uploaded.append(_uploaded(transfers, source, size, f"large-{round_}.bin"))
            grown.append(peak.growth / MIB)
        transfers.close()
    finally:
        api.stop(job_id, number)
        source.unlink(missing_ok=True)
    return [
        Row(
            what=f"upload of {size // MIB} MiB, speed beside cp + sha256sum",
            unit="",
            samples=[a / b for a, b in zip(plain, uploaded, strict=True)],
            wanted=WANTED_RATIO,
            at_least=True,
            note="the upload is forced to the disk before it is answered, the copy is not",
        ),
        Row(
            what="— beside cp + sync + sha256sum",
            unit="",
            samples=[a / b for a, b in zip(forced, uploaded, strict=True)],
        ),
        Row(what="— the upload", unit="s", samples=uploaded),
        Row(what="— memory the server grew by meanwhile", unit="MB", samples=grown, wanted=WANTED_GROWTH_MB),
    ]


def _as_its_runner(url: str, database: Path, job_id: str) -> HttpTransfers:
    """What the runner of the task's build would upload with."""
    until = time.perf_counter() + PATIENCE_SECONDS
    query = "SELECT id, attempt, lease_token FROM runs WHERE task_id = ? AND state = 'RUNNING'"
    while time.perf_counter() < until:
        connection = sqlite3.connect(database)
        row = connection.execute(query, (job_id,)).fetchone()
        connection.close()
        if row is not None:
            run_id, attempt, token = row
            return HttpTransfers(
                url,
                run_id=run_id,
                attempt=attempt,
                lease_token=token,
                look_up=lambda: None,
                pause=time.sleep,
            )
        time.sleep(LOOK_SECONDS)
    raise TimeoutError("the build did not start")


def _fill(path: Path, size: int) -> None:
    block = os.urandom(MIB)
    with path.open("wb") as file:
        for number in range(size // MIB):
            file.write(number.to_bytes(8, "big") + block[8:])
        file.flush()
        os.fsync(file.fileno())


def _copied(source: Path, *, durable: bool) -> float:
    copy = source.with_name("copy.bin")
    begun = time.perf_counter()
    subprocess.run(["cp", source, copy], check=True)
    if durable:
        subprocess.run(["sync", copy], check=True)
    subprocess.run(["sha256sum", copy], check=True, stdout=subprocess.DEVNULL)
    taken = time.perf_counter() - begun
    copy.unlink()
    return taken


def _uploaded(transfers: HttpTransfers, source: Path, size: int, name: str) -> float:
    begun = time.perf_counter()
    with source.open("rb") as file:
        transfers.upload("artifact", {"path": name}, file.fileno(), size)
    return time.perf_counter() - begun


class _Peak:
    """Looks at a process's memory while the block runs; ``growth`` in bytes."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._before = memory(pid).uss
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.growth = 0

    def __enter__(self) -> "_Peak":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            self.growth = max(self.growth, memory(self._pid).uss - self._before)
