"""Builds with logs written by hand."""

from typing import Any

import msgspec

from bottega.ids import new_hex
from tests.build.api.test_records import stage
from tests.build.api.test_runs import new_task, record
from tests.build.harness import Server, end_run

STAMP = "[2026/01/01 00:00:00.000 GMT+08:00] "


def line(level: str, text: str) -> str:
    return f"{STAMP}[{level}] {text}\n"


class LoggedBuild(msgspec.Struct):
    """Build 1 of a task. ``write`` replaces its log by that of three stages and ends it in a state."""

    server: Server
    job_id: str
    record_id: str

    def write(self, *stages: str, state: str = "SUCCESS", open_stage: bool = False) -> None:
        whole = "".join(stages).encode()
        self.server.live.remove(self.record_id)
        self.server.live.append(self.record_id, 0, whole)
        rows: list[dict[str, Any]] = []
        at = 0
        for number, text in enumerate(stages):
            end = at + len(text.encode())
            runs = open_stage and number == len(stages) - 1
            rows.append(
                stage(
                    f"stage{number}" if number else "initial",
                    "running" if runs else "success",
                    number + 1,
                    None if runs else number + 2,
                    name=f"Step {number}",
                    log_start=at,
                    log_end=None if runs else end,
                    hidden=number == 0,
                )
            )
            at = end
        ended = {} if state != "RUNNING" else {"finished_at": None}
        end_run(self.server.builds.database, self.record_id, state, stages=rows, log_size=len(whole), **ended)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.server.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]


def new_build(server: Server, project_id: str, **task: Any) -> LoggedBuild:
    """The first build of a new task."""
    job_id = new_task(server, project_id, f"task-{new_hex()}", **task)
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    return LoggedBuild(server=server, job_id=job_id, record_id=str(record(server, job_id, 1)["id"]))
