"""Checks from their acceptance to their issues: a real runner in the real sandbox, whose lease the test holds."""

import threading
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select, update

from bottega.check.tasks.repositories import spelling
from bottega.check.tasks.settings import RuleSetChoice, TaskSettings
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.clock import epoch_ms
from bottega.ids import new_hex
from bottega.runs.final import ended as ended_run
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from bottega.scm.giturl import parse
from tests.agent.runner.attempts import Attempts, ended, log_lines
from tests.build.harness import Server, end_run
from tests.support.repositories import Repository

LEASE = "0123456789abcdef" * 2
MINUTE = 60_000
GIT = {"policy": {"file_urls": True, "loopback": True}}
OK = "import os\n\nprint(os.name)\n"
BAD = "import os\nimport sys\n\nprint(os.name)\n"
"""Has an import that nothing uses."""


def new_task(
    server: Server,
    project_id: str,
    url: str,
    *,
    branch: str = "master",
    caller: str = "alice",
    **changes: Any,
) -> str:
    """Id of a new task for Python; ``changes`` are of its settings, or columns of its row."""
    columns = {name: changes.pop(name) for name in list(changes) if name in CheckTask.__table__.columns}
    principal = server.callers[caller]
    given: dict[str, Any] = {"rule_sets": [RuleSetChoice(language="PYTHON")], **changes}
    settings = TaskSettings(**given)
    task_id, now = new_hex(), epoch_ms()
    row: dict[str, Any] = {
        "id": task_id,
        "tenant_id": principal.tenant_id,
        "project_id": project_id,
        "name": f"task-{task_id[:8]}",
        "git_url": url,
        "repository": spelling(parse(url)),
        "branch": branch,
        "settings": msgspec.to_builtins(settings),
        "creator_id": principal.user_id,
        "creator_name": principal.user_name,
        "created_at": now,
        "updated_at": now,
        **columns,
    }
    with server.services.database.write() as session:
        session.add(CheckTask(**row))
    return task_id


def scan_of(server: Server, scan_id: str) -> CheckScan:
    with server.services.database.read() as session:
        return session.get_one(CheckScan, scan_id)


class Lease:
    """Holds the lease of a run, as an agent would; results that arrive meanwhile are stored."""

    def __init__(self, server: Server, run_id: str) -> None:
        self.server = server
        self.run_id = run_id
        self.attempt = 0
        self.next_attempt()

    def next_attempt(self) -> None:
        self.attempt += 1
        values = {
            "state": "RUNNING",
            "attempt": self.attempt,
            "agent_id": "a" * 32,
            "lease_token": LEASE,
            "lease_expires_at": epoch_ms() + 10 * MINUTE,
        }
        with self.server.services.database.write() as session:
            session.execute(update(Run).where(Run.id == self.run_id).values(**values))

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-Bottega-Run": self.run_id,
            "X-Bottega-Attempt": str(self.attempt),
            "X-Bottega-Lease": LEASE,
        }

    def steps(self) -> list[dict[str, Any]]:
        with self.server.services.database.read() as session:
            return session.get_one(Run, self.run_id).spec["steps"]

    def put_steps(self, steps: list[dict[str, Any]]) -> None:
        with self.server.services.database.write() as session:
            run = session.get_one(Run, self.run_id)
            run.spec = {**run.spec, "steps": steps}

    def spec(self) -> dict[str, Any]:
        """What the runner is told beside its steps."""
        return {
            "run_id": self.run_id,
            "attempt": self.attempt,
            "server_url": self.server.url,
            "lease_token": LEASE,
            "git": GIT,
            "secrets": [],
            "limits": {
                "cpus": 2.0,
                "memory_bytes": 4 << 30,
                "pids": 256,
                "file_bytes": 1 << 30,
                "tmp_bytes": 64 << 20,
                "home_bytes": 64 << 20,
            },
        }

    def work(self, attempts: Attempts, **changes: Any) -> tuple[str, dict[str, Any]]:
        """Run it to its end as the agent would; its log and its report. The run's row is brought to its end too."""
        spool = attempts.start(*self.steps(), **{**self.spec(), **changes})
        storage = self.server.services.scan_storage
        storing = threading.Event()
        self.server.services.scan_receiver.arrived = storing.set
        done = threading.Event()

        def store() -> None:
            while not done.is_set():
                if storing.wait(0.05):
                    storing.clear()
                    storage.scan()

        thread = threading.Thread(target=store)
        thread.start()
        try:
            report = ended(spool)
        finally:
            done.set()
            thread.join()
        log = "\n".join(log_lines(spool))
        state = {"success": "SUCCESS", "aborted": "ABORTED", "timeout": "TIMEOUT"}
        self.end(state.get(report["outcome"], "FAILURE"), report["reason"])
        spool.remove()
        return log, report

    def end(self, state: str, reason: str = "") -> None:
        database = self.server.services.database
        end_run(database, self.run_id, state, reason=reason)
        with database.write() as session:
            run = session.get_one(Run, self.run_id)
            self.server.services.runs.final.fire(session, ended_run(run, RunState(state)))


class Check(Lease):
    """A check that was asked for by the API."""

    def __init__(self, server: Server, task_id: str, **body: Any) -> None:
        answer = server.http.post(f"/v2/tasks/{task_id}/run", json=body)
        assert answer.status_code == 200, answer.text
        self.task_id = task_id
        self.id: str = answer.json()["exec_id"]
        super().__init__(server, scan_of(server, self.id).run_id)

    @property
    def scan(self) -> CheckScan:
        return scan_of(self.server, self.id)


def repository(folder: Path, **files: str) -> Repository:
    made = Repository(folder)
    made.commit("first", **(files or {"app__py": BAD}))
    return made


def scans_of(server: Server, task_id: str) -> list[CheckScan]:
    with server.services.database.read() as session:
        query = select(CheckScan).where(CheckScan.task_id == task_id).order_by(CheckScan.number)
        return list(session.scalars(query))
