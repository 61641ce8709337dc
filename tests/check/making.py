"""Check tasks, scans and results, made by hand."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bottega.check.findings import Finding
from bottega.check.issues.storing import IssueStore, Stored
from bottega.check.scanning.plan import EngineReport, FileMetrics, ScannedFile, ScanResult
from bottega.check.scans import snapshots
from bottega.check.tasks.settings import TaskSettings
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.check.tracking.snapshots import FileSnapshot
from bottega.clock import epoch_ms
from bottega.iam.principal import Principal
from bottega.ids import new_hex, new_uuid
from bottega.store.database import Database

REPOSITORY = "git.example.com/group/shop"
ENGINE = "demo"


def new_task(database: Database, caller: Principal, project_id: str, **more: Any) -> str:
    """Id of a new check task; ``settings`` and columns may be given."""
    settings = more.pop("settings", TaskSettings())
    task_id, now = new_hex(), epoch_ms()
    values = {
        "tenant_id": caller.tenant_id,
        "project_id": project_id,
        "name": f"task-{task_id[:8]}",
        "git_url": f"https://{REPOSITORY}.git",
        "repository": REPOSITORY,
        "branch": "main",
        "settings": msgspec.to_builtins(settings),
        "creator_id": caller.user_id,
        "creator_name": caller.user_name,
        "created_at": now,
        "updated_at": now,
        **more,
    }
    with database.write() as session:
        session.add(CheckTask(id=task_id, **values))
    return task_id


def new_scan(database: Database, task_id: str, **more: Any) -> str:
    """Id of one more scan of the task, which has run and waits for its result to be stored."""
    scan_id, now = new_hex(), epoch_ms()
    with database.write() as session:
        task = session.get_one(CheckTask, task_id, with_for_update=True)
        task.last_number += 1
        values = {"state": "storing", "branch": task.branch, "created_at": now, "started_at": now, **more}
        session.add(
            CheckScan(
                id=scan_id,
                task_id=task_id,
                tenant_id=task.tenant_id,
                run_id=new_uuid(),
                number=task.last_number,
                **values,
            )
        )
    return scan_id


def finding(path: str = "src/a.py", line: int = 1, rule: str = "demo:one", **more: Any) -> Finding:
    """Of a statement that is named after its line unless told otherwise."""
    values: dict[str, Any] = {
        "language": "PYTHON",
        "severity": 2,
        "message": f"{rule} is broken",
        "masked": f"{rule} is broken",
        "scope": "f",
        "statement": f"statement_number_{line}",
        "line_hash": hashlib.blake2b(f"{path}{line}".encode(), digest_size=8).hexdigest(),
        "column": 1,
        "end_line": line,
        "end_column": 9,
        "fragment": ((line, f"statement_number({line})"),),
        **more,
    }
    return Finding(rule=rule, path=path, line=line, **values)


def scanned(path: str = "src/a.py", content: str = "", **more: Any) -> ScannedFile:
    """A file that the engine has analysed; its content is that text unless told otherwise."""
    values: dict[str, Any] = {
        "languages": ("PYTHON",),
        "sha256": hashlib.sha256((content or path).encode()).hexdigest(),
        "size": 100,
        "engines": (ENGINE,),
        "metrics": FileMetrics(lines=10, code=8, comments=2, functions=2, complexity=6),
        **more,
    }
    return ScannedFile(path=path, **values)


def result(
    findings: Sequence[Finding] = (), files: Sequence[ScannedFile] | None = None, **more: Any
) -> ScanResult:
    """Of a scan whose only engine did all it should; the files are those of the findings unless told otherwise.

    They are all there are, unless it was to look at some only.
    """
    if files is None:
        files = [scanned(path) for path in sorted({one.path for one in findings} or {"src/a.py"})]
    engines = more.pop("engines", [EngineReport(engine=ENGINE, state="done", version="1.0")])
    more.setdefault("complete", more.get("whole", True))
    return ScanResult(files=list(files), findings=list(findings), engines=engines, **more)


class Scans:
    """Stores results one after the other, as the scans of one task do, and remembers the files in between."""

    def __init__(self, database: Database, task_id: str) -> None:
        self.database = database
        self.task_id = task_id
        self.store = IssueStore(database)
        self.files: dict[str, FileSnapshot] = {}

    def __call__(self, done: ScanResult, engines: Mapping[str, Any] | None = None) -> Stored:
        scan_id = new_scan(self.database, self.task_id, engines=dict(engines or {}))
        stored = self.store.store(scan_id, done, self.files)
        self.files = snapshots.taken(done, self.files)
        with self.database.write() as session:
            scan = session.get_one(CheckScan, scan_id)
            scan.state = "success"
            scan.finished_at = epoch_ms()
        return stored
