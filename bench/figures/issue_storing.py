"""How long the issues of a check take to be stored, and to be listed afterwards; no server is needed for it."""

import hashlib
import tempfile
import time
from pathlib import Path

import msgspec

from bench.bench import Bench
from bench.row import Row
from bottega import migrate
from bottega.check.findings import Finding
from bottega.check.issues.counting import counts_of
from bottega.check.issues.filters import IssueFilter
from bottega.check.issues.lists import IssueLists
from bottega.check.issues.states import IssueStatus
from bottega.check.issues.storing import IssueStore
from bottega.check.scanning.plan import EngineReport, ScannedFile, ScanResult
from bottega.check.tasks.settings import TaskSettings
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.check.tracking.snapshots import FileSnapshot
from bottega.ids import new_hex
from bottega.store.database import Database

NEW_SECONDS, AGAIN_SECONDS = 3.0, 1.0
PAGE_MS, LONG_PAGE_MS, COUNTS_MS = 20.0, 50.0, 5.0
STORED = 10_000
PAGE = 50
PENDING = IssueFilter(statuses=(IssueStatus.OPEN, IssueStatus.REOPENED), deferred=False)


def measure(bench: Bench) -> list[Row]:
    new: list[float] = []
    again: list[float] = []
    for _ in bench.rounds(3, 1):
        with tempfile.TemporaryDirectory() as folder:
            shop = _Shop(Path(folder), STORED)
            new.append(shop.check())
            shop.check()
            again.append(shop.check())
            shop.close()
    rows = [
        Row(what=f"{STORED:,} new issues stored", unit="s", samples=new, wanted=NEW_SECONDS),
        Row(what="an unchanged check of them stored", unit="s", samples=again, wanted=AGAIN_SECONDS),
    ]
    for count, wanted in ((100_000, PAGE_MS), (300_000, LONG_PAGE_MS)):
        size = bench.count(count, count // 20)
        with tempfile.TemporaryDirectory() as folder:
            shop = _Shop(Path(folder), size)
            shop.check()
            rows += shop.pages(size, wanted, bench.count(20, 5))
            shop.close()
    return rows


class _Shop:
    """A database with one check task, whose checks always find the same."""

    def __init__(self, folder: Path, count: int) -> None:
        self._database = Database(f"sqlite:///{folder / 'issues.db'}")
        migrate.upgrade(self._database)
        self._task_id = new_hex()
        with self._database.write() as session:
            session.add(
                CheckTask(
                    id=self._task_id,
                    tenant_id=new_hex(),
                    project_id=new_hex(),
                    name="bench",
                    git_url="",
                    repository="bench",
                    branch="main",
                    settings=msgspec.to_builtins(TaskSettings(owner_matching=False)),
                    creator_id="",
                    creator_name="",
                    created_at=0,
                    updated_at=0,
                )
            )
        self._result = _result(count)
        self._files: dict[str, FileSnapshot] = {}
        self._checks = 0

    def check(self) -> float:
        """Seconds that storing takes."""
        self._checks += 1
        scan_id = new_hex()
        with self._database.write() as session:
            session.add(
                CheckScan(
                    id=scan_id,
                    task_id=self._task_id,
                    tenant_id="",
                    run_id="",
                    number=self._checks,
                    state="success",
                    created_at=0,
                )
            )
        began = time.perf_counter()
        IssueStore(self._database).store(scan_id, self._result, self._files)
        took = time.perf_counter() - began
        self._files = {one.path: FileSnapshot(one.sha256, one.line_hashes) for one in self._result.files}
        return took

    def pages(self, count: int, wanted: float, rounds: int) -> list[Row]:
        """How long pages take: when nothing is kept of the list, and when it is."""
        filters = {
            "first page": (PENDING, 0),
            "page in the middle": (PENDING, count // 2),
            "page of two severities in the middle": (
                msgspec.structs.replace(PENDING, severities=(1, 2)),
                count // 4,
            ),
            "page of one rule": (msgspec.structs.replace(PENDING, rules=("bench:R7",)), 0),
        }
        rows: list[Row] = []
        for what, (where, offset) in filters.items():
            lists = IssueLists()
            cold = [self._page(IssueLists(), where, offset) for _ in range(rounds)]
            warm = [self._page(lists, where, offset) for _ in range(rounds + 1)][1:]
            rows.append(
                Row(
                    what=f"{count:,} issues: {what}, list not read yet",
                    unit="ms",
                    samples=cold,
                    wanted=wanted,
                )
            )
            rows.append(Row(what=f"{count:,} issues: {what}, again", unit="ms", samples=warm, wanted=wanted))
        counting = [self._counts() for _ in range(rounds)]
        rows.append(Row(what=f"{count:,} issues: all counts", unit="ms", samples=counting, wanted=COUNTS_MS))
        return rows

    def _page(self, lists: IssueLists, where: IssueFilter, offset: int) -> float:
        with self._database.read() as session:
            began = time.perf_counter()
            counts = counts_of(session, self._task_id)
            rows, _ = lists.page(session, (self._task_id, 1), where, counts, offset=offset, limit=PAGE)
            took = time.perf_counter() - began
        if len(rows) != PAGE:
            raise RuntimeError(f"a page has {len(rows)} rows")
        return took * 1000

    def _counts(self) -> float:
        with self._database.read() as session:
            began = time.perf_counter()
            counts_of(session, self._task_id)
            return (time.perf_counter() - began) * 1000

    def close(self) -> None:
        self._database.close()


def _result(count: int) -> ScanResult:
    """Findings in 600 files, of 80 rules."""
    found = [_finding(number) for number in range(count)]
    files = [
        ScannedFile(
            path=path,
            languages=("PYTHON",),
            sha256=hashlib.sha256(path.encode()).hexdigest(),
            size=1,
            engines=("bench",),
        )
        for path in sorted({one.path for one in found})
    ]
    engines = [EngineReport(engine="bench", state="done", version="1")]
    return ScanResult(files=files, findings=found, engines=engines)


def _finding(number: int) -> Finding:
    line = number // 600 + 1
    return Finding(
        rule=f"bench:R{number % 80}",
        path=f"src/package{number % 50}/module{number % 600}.py",
        language="PYTHON",
        severity=number % 4,
        message=f"something is wrong in line {line}",
        masked="something is wrong in line #",
        line=line,
        column=5,
        scope=f"Class.method_{line % 9}",
        statement=f"value_{line}=compute{line}first",
        line_hash=hashlib.blake2b(str(number).encode(), digest_size=8).hexdigest(),
        fragment=tuple((line + shift, f"    value_{shift} = compute({line}, first)") for shift in range(7)),
        author=f"developer {number % 20}",
    )
