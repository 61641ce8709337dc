"""Pages of long lists: 10,000 tasks, and a task with 1,000,000 records, beside lists of one hundred.

By the kernel's account of the server's process: other programs on the machine lengthen a wait, but not that.
"""

import time

from sqlalchemy import String, case, cast, literal, update
from sqlalchemy.orm import Session

from bench.api import Api
from bench.bench import Bench
from bench.figures.noop_build import SCRIPT
from bench.processes import cpu_seconds
from bench.row import Row
from bench.sealing import wait_until_sealed
from bench.seeding import hex_id, multiply, uuid
from bench.server import Server
from bottega.build.tables import BuildTask
from bottega.runs.tables import Run
from bottega.store.database import Database

HUNDRED = 100
PAGE = 100
REQUESTS = 20
RARE = "rare"
EVERY = 1000
"""One record in so many is of a branch of its own."""


def measure(bench: Bench) -> list[Row]:
    """The same requests to a server with short lists and, once the rest was added, to one with long ones."""
    server = Server()
    try:
        server.start()
        record = _built(server)
        short = _with(bench, server, record, 0, (HUNDRED, HUNDRED))
        many = bench.count(10_000, 1_000), bench.count(1_000_000, 20_000)
        long = _with(bench, server, record, HUNDRED, many)
        return [*short, *long, *_ratios(short, long)]
    finally:
        server.discard()


def _built(server: Server) -> dict[str, str]:
    """The record of one real build, whose log nobody has to look after any more."""
    api = Api(server)
    job_id = api.create_task("lists", SCRIPT)
    number = api.execute(job_id)
    api.wait(job_id)
    record = api.finished(job_id, number)
    api.close()
    wait_until_sealed(server, record["id"])
    return record


def _with(
    bench: Bench, server: Server, record: dict[str, str], have: int, want: tuple[int, int]
) -> list[Row]:
    """Fill up to ``want`` tasks and records while the server is down, and measure."""
    server.stop()
    begun = time.perf_counter()
    database = Database(f"sqlite:///{server.data / 'bottega.db'}")
    with database.write() as session:
        _add_tasks(session, record, max(have, 1), want[0])
        _add_records(session, record, max(have, 1), want[1])
    database.close()
    seeded = time.perf_counter() - begun
    server.start()
    api = Api(server)
    project_id, build_project_id = record["devcloud_project_id"], record["build_project_id"]
    rows: list[Row] = []
    for what, total, base in (
        ("tasks", want[0], f"/v1/job/{project_id}/list?page_size={PAGE}&page_index="),
        ("records", want[1], f"/v1/record/{build_project_id}/records?limit={PAGE}&page="),
    ):
        places = (("first", 0), ("middle", total // PAGE // 2), ("last", (total - 1) // PAGE))
        for place, index in places:
            rows.append(_row(bench, api, server.pid, f"{total:,} {what}, {place} page", f"{base}{index}"))
    path = f"/v1/record/{build_project_id}/records?limit={PAGE}&page=0&branches={RARE}"
    rows.append(_row(bench, api, server.pid, f"{want[1]:,} records, first page of a branch", path))
    rows[0].note = f"processor time; {PAGE} rows a page; adding the rows took {seeded:.0f} s"
    api.close()
    return rows


def _row(bench: Bench, api: Api, pid: int, what: str, path: str) -> Row:
    api.fetch("GET", path)
    samples: list[float] = []
    for _ in bench.rounds(5, 1):
        before = cpu_seconds(pid)
        for _ in range(REQUESTS):
            api.fetch("GET", path)
        samples.append((cpu_seconds(pid) - before) / REQUESTS * 1000)
    return Row(what=what, unit="ms", samples=samples)


def _ratios(short: list[Row], long: list[Row]) -> list[Row]:
    """How many times the dearest page of a long list costs what the same list of one hundred does."""
    rows: list[Row] = []
    for what in ("tasks", "records"):
        first = next(row.median for row in short if f" {what}, first page" in row.what)
        pages = [row.median for row in long if f" {what}, " in row.what and row.what.endswith("page")]
        rows.append(
            Row(what=f"{what}: dearest long page : page of {HUNDRED}", unit="", samples=[max(pages) / first])
        )
    return rows


def _add_tasks(session: Session, record: dict[str, str], have: int, want: int) -> None:
    multiply(
        session,
        BuildTask,
        record["codeci_job_id"],
        want - have,
        lambda n: {
            "id": hex_id("a", n + have),
            "build_project_id": uuid("a", n + have),
            "name": literal("task-").concat(cast(n + have, String)),
            "created_at": BuildTask.created_at - n - have,
            "last_number": 0,
        },
    )


def _add_records(session: Session, record: dict[str, str], have: int, want: int) -> None:
    multiply(
        session,
        Run,
        record["id"],
        want - have,
        lambda n: {
            "id": uuid("b", n + have),
            "number": n + have,
            "created_at": Run.created_at + n + have,
            "branch": case(((n + have) % EVERY == 0, RARE), else_="master"),
        },
    )
    task = update(BuildTask).where(BuildTask.id == record["codeci_job_id"])
    session.execute(task.values(last_number=want))
