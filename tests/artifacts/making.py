"""Builds that upload: real runs of real tasks on the in-process server, whose lease is held by the test."""

import os
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import update

from bottega.agent.runner.http_transfers import HttpTransfers
from bottega.clock import epoch_ms
from bottega.runs.tables import Run
from tests.build.harness import Server, end_run, task_body

LEASE = "0123456789abcdef" * 2
MINUTE = 60_000


class Build:
    """A run of a task; ``attempt`` counts from 1."""

    def __init__(self, server: Server, task_id: str, caller: str = "alice") -> None:
        self.server = server
        self.task_id = task_id
        with server.caller(caller) as http:
            body = http.post("/v1/job/execute", json={"job_id": task_id}).json()["result"]
            self.number = int(body["actual_build_number"])
            found = http.get(f"/v4/jobs/{task_id}/{self.number}/record-info").json()["result"]
        self.run_id = found["build_record_id"]
        with server.services.database.read() as session:
            self.daily_number = session.get_one(Run, self.run_id).daily_number
        self.attempt = 0
        self.next_attempt()

    def next_attempt(self) -> None:
        self.attempt += 1
        self.change(
            state="RUNNING",
            attempt=self.attempt,
            agent_id="a" * 32,
            lease_token=LEASE,
            lease_expires_at=epoch_ms() + MINUTE,
        )

    def change(self, **values: Any) -> None:
        with self.server.services.database.write() as session:
            session.execute(update(Run).where(Run.id == self.run_id).values(**values))

    def end(self, state: str = "SUCCESS") -> None:
        end_run(self.server.services.database, self.run_id, state)

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-Bottega-Run": self.run_id,
            "X-Bottega-Attempt": str(self.attempt),
            "X-Bottega-Lease": LEASE,
        }

    def transfers(self) -> HttpTransfers:
        return HttpTransfers(
            self.server.url,
            run_id=self.run_id,
            attempt=self.attempt,
            lease_token=LEASE,
            look_up=lambda: None,
            pause=lambda _: None,
        )

    def upload(self, path: str = "a.jar", content: bytes = b"content", **details: Any) -> dict[str, Any]:
        """What the server answers to an upload."""
        with tempfile.TemporaryFile() as file:
            file.write(content)
            file.flush()
            transfers = self.transfers()
            try:
                given = {"path": path, "stage": "stage1", **details}
                return transfers.upload("artifact", given, file.fileno(), len(content))
            finally:
                transfers.close()


def new_task(server: Server, project_id: str, name: str = "shop", caller: str = "alice", **more: Any) -> str:
    """Id of a new task."""
    with server.caller(caller) as http:
        answer = http.post("/v1/job/create", json=task_body(project_id, name, **more))
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]["job_id"]


def stored(server: Server) -> list[Path]:
    """The objects of artifacts that are on the disk, unfinished ones too."""
    folder = server.services.settings.data / "objects" / "artifacts"
    return [Path(above, name) for above, _, names in os.walk(folder) for name in names]
